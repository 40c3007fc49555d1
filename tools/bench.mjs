// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build, ensureInstalled, generateClients, main, root, runProgram } from './lib/index.mjs';

// `npm run bench -- <name>` measures one promise; without a name it lists what can be measured.
const [name, ...args] = process.argv.slice(2);
const folders = readdirSync(path.join(root, 'bench')).filter((folder) => {
  return folder !== 'dist' && existsSync(path.join(root, 'bench', folder, 'main.ts'));
});

await main(async () => {
  if (name === undefined || !folders.includes(name)) {
    const list = folders.map((folder) => `  npm run bench -- ${folder}`).join('\n');
    if (name !== undefined) throw new Error(`There is no bench "${name}". There are:\n${list}`);
    console.log(list);
    return;
  }
  await ensureInstalled();
  await generateClients();
  await build();
  await runProgram(process.execPath, [path.join(root, 'bench/dist', name, 'main.js'), ...args]);
});
