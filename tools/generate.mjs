// @ts-check
import { ensureInstalled, generateClients, main } from './lib/index.mjs';

await main(async () => {
  await ensureInstalled();
  await generateClients();
});
