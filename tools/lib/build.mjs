// @ts-check
import path from 'node:path';
import { runProgram } from './program.mjs';
import { root } from './root.mjs';

/** Compiles what has changed. */
export async function build() {
  await runProgram(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-b']);
}
