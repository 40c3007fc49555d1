// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './program.mjs';
import { root } from './root.mjs';
import { findSchemas, outputFolder } from './schemas.mjs';

/** An installation of Prisma, and how a schema is prepared for it. */
const PRISMA = { folder: root, prepare: prepareForPrisma7 };
const PRISMA_5 = { folder: path.join(root, 'tools/matrix/prisma-5'), prepare: prepareForPrisma5 };
const PRISMA_6 = { folder: path.join(root, 'tools/matrix/prisma-6'), prepare: prepareForPrisma6 };

/** Generates the Prisma clients whose schema, or Prisma itself, has changed since. */
export async function generateClients() {
  for (const schemaFile of findSchemas(root)) await generateClient(schemaFile, PRISMA);
}

/** One schema is enough to see whether the last Prisma 5 runs at all. */
const SCHEMA_FOR_PRISMA_5 = 'packages/tenancy/test/fixture/schema.prisma';

/** Generates the clients of tests and benchmarks again, as earlier versions of Prisma make them, beside the others. */
export async function generateMatrixClients() {
  for (const schemaFile of findSchemas(root)) {
    if (!schemaFile.startsWith(path.join(root, 'apps'))) await generateClient(schemaFile, PRISMA_6);
  }
  await generateClient(path.join(root, SCHEMA_FOR_PRISMA_5), PRISMA_5);
}

/**
 * @param {string} schemaFile
 * @param {typeof PRISMA} installation
 */
async function generateClient(schemaFile, installation) {
  const { folder, prepare } = installation;
  const prisma = path.join(folder, 'node_modules/prisma');
  const { version } = JSON.parse(readFileSync(path.join(prisma, 'package.json'), 'utf8'));
  const { schema, output } = prepare(schemaFile);
  const stamp = createHash('sha256').update(version).update(readFileSync(schemaFile)).digest('hex');
  // The stamp lies in the output, so that it goes when the output goes.
  const stampFile = path.join(output, '.nestarc-generated');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log(`Generating the Prisma client of ${path.relative(root, schemaFile)} (${version}) …`);
  await runProgram(process.execPath, [path.join(prisma, 'build/index.js'), 'generate', '--schema', schema], {
    quiet: true,
    env: PRISMA_ENGINES,
  });
  if (installation === PRISMA_5) finishPrisma5(output);
  writeFileSync(stampFile, stamp);
}

/** Environment for the Prisma command line. */
export const PRISMA_ENGINES = {
  // `generate` needs no engine, but Prisma would download them: any executable keeps it from doing so.
  PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] || process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.env['PRISMA_QUERY_ENGINE_LIBRARY'] || process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

/** @param {string} schemaFile */
function prepareForPrisma7(schemaFile) {
  return { schema: path.relative(root, schemaFile), output: outputFolder(root, schemaFile) };
}

/**
 * Prisma 6 wants a connection string in the schema, and to be told that it does without a query engine.
 *
 * @param {string} schemaFile
 */
function prepareForPrisma6(schemaFile) {
  return prepareCopy(schemaFile, 6, (text) => text.replace(/^\s*output\s*=.*$/m, '$&\n  engineType = "client"'));
}

/**
 * Prisma 5 brings an engine in WebAssembly for clients with a driver adapter, a feature in preview then.
 *
 * @param {string} schemaFile
 */
function prepareForPrisma5(schemaFile) {
  return prepareCopy(schemaFile, 5, (text) =>
    text
      .replace(/^\s*previewFeatures\s*=.*$/m, '')
      .replace(/^\s*output\s*=.*$/m, '$&\n  previewFeatures = ["driverAdapters"]'),
  );
}

/**
 * Prisma looks for `@prisma/client` from where the schema lies, so a copy is put into the installation that is to be used.
 *
 * @param {string} schemaFile
 * @param {number} major
 * @param {(text: string) => string} adapt
 */
function prepareCopy(schemaFile, major, adapt) {
  const output = `${outputFolder(root, schemaFile)}-${major}`;
  const text = readFileSync(schemaFile, 'utf8')
    .replace(/^(\s*provider\s*=\s*"postgresql")/m, '$1\n  url = "postgresql://given-by-the-adapter"')
    .replace(/^\s*output\s*=.*$/m, `  output = ${JSON.stringify(output)}`);
  const copy = path.join(root, `tools/matrix/prisma-${major}/generated`, path.relative(root, schemaFile));
  mkdirSync(path.dirname(copy), { recursive: true });
  writeFileSync(copy, adapt(text));
  return { schema: copy, output };
}

/**
 * The loader that Prisma 5 generates is for edge runtimes; and the program given in place of an engine is copied along.
 *
 * @param {string} output
 */
function finishPrisma5(output) {
  rmSync(path.join(output, path.basename(PRISMA_ENGINES.PRISMA_QUERY_ENGINE_LIBRARY)), { force: true });
  const loader = `import { readFileSync } from 'node:fs';
const bytes = readFileSync(new URL('./query_engine_bg.wasm', import.meta.url));
export default Promise.resolve({ default: new WebAssembly.Module(bytes) });
`;
  writeFileSync(path.join(output, 'wasm-worker-loader.mjs'), loader);
}
