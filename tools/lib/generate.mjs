// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './program.mjs';
import { root } from './root.mjs';
import { findSchemas, outputFolder } from './schemas.mjs';

/** Generates the Prisma clients whose schema, or Prisma itself, has changed since. */
export async function generateClients() {
  for (const schemaFile of findSchemas(root)) await generateClient(schemaFile);
}

/** @param {string} schemaFile */
async function generateClient(schemaFile) {
  const prisma = path.join(root, 'node_modules/prisma');
  const { version } = JSON.parse(readFileSync(path.join(prisma, 'package.json'), 'utf8'));
  const stamp = createHash('sha256').update(version).update(readFileSync(schemaFile)).digest('hex');
  // The stamp lies in the output, so that it goes when the output goes.
  const stampFile = path.join(outputFolder(root, schemaFile), '.nestarc-generated');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const relative = path.relative(root, schemaFile);
  console.log(`Generating the Prisma client of ${relative} …`);
  await runProgram(process.execPath, [path.join(prisma, 'build/index.js'), 'generate', '--schema', relative], {
    quiet: true,
    env: {
      // `generate` needs no engine, but Prisma would download one: any executable keeps it from doing so.
      PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] || process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  writeFileSync(stampFile, stamp);
}
