// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
  build,
  ensureInstalled,
  ensureMatrixInstalled,
  generateClients,
  generateMatrixClients,
  main,
  root,
  runProgram,
} from './lib/index.mjs';

// `npm run bench -- <name>` measures one promise; without a name it lists what can be measured.
const [name, ...args] = process.argv.slice(2);
const folders = readdirSync(path.join(root, 'bench')).filter((folder) => {
  return folder !== 'dist' && existsSync(path.join(root, 'bench', folder, 'main.ts'));
});

/** Whether the bench is asked to do without the versions that only the tests need; the bench itself reads the rest. */
const onlyPrisma7 = /--prisma[ =]7/.test(args.join(' '));

await main(async () => {
  if (name === undefined || !folders.includes(name)) {
    const list = folders.map((folder) => `  npm run bench -- ${folder}`).join('\n');
    if (name !== undefined) throw new Error(`There is no bench "${name}". There are:\n${list}`);
    console.log(list);
    return;
  }
  await ensureInstalled();
  await generateClients();
  if (!onlyPrisma7) {
    await ensureMatrixInstalled();
    await generateMatrixClients();
  }
  await build();
  await runProgram(process.execPath, [path.join(root, 'bench/dist', name, 'main.js'), ...args]);
});
