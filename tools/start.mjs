// @ts-check
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, ensureInstalled, generateClients, main, root } from './lib/index.mjs';

// `npm start` needs nothing but a clone: it installs, generates and compiles what is missing, then runs Getting Started.
await main(async () => {
  await ensureInstalled();
  await generateClients();
  await build();
  // In this very process, so that every signal reaches the application itself.
  await import(pathToFileURL(path.join(root, 'apps/getting-started/dist/start.js')).href);
});
