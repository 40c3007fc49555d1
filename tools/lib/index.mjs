// @ts-check
export { build } from './build.mjs';
export { generateClients } from './generate.mjs';
export { ensureInstalled } from './install.mjs';
export { main } from './main.mjs';
export { ProgramFailed, runProgram } from './program.mjs';
export { root } from './root.mjs';
