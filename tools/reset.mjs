// @ts-check
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, ensureInstalled, generateClients, main, root } from './lib/index.mjs';

// `npm run reset` deletes the data of this clone's embedded database, unless it is running.
const embedded = path.join(root, 'packages/postgres/dist/embedded/index.js');

await main(async () => {
  if (!existsSync(path.join(root, '.nestarc/clone.json'))) {
    console.log('There is no data to delete.');
    return;
  }
  if (!existsSync(embedded)) {
    await ensureInstalled();
    await generateClients();
    await build();
  }
  const { deleteEmbeddedPostgres, projectDataDirectory } = createRequire(import.meta.url)(embedded);
  const folder = await projectDataDirectory(root);
  console.log((await deleteEmbeddedPostgres(folder)) ? `Deleted ${folder}` : 'There is no data to delete.');
});
