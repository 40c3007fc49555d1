// @ts-check
import { root } from '../lib/root.mjs';
import { dependencies } from './dependencies.mjs';
import { documented } from './documented.mjs';
import { dtsImports } from './dts-imports.mjs';
import { fileSize } from './file-size.mjs';
import { runGuards } from './guard.mjs';
import { noAny } from './no-any.mjs';
import { packages } from './packages.mjs';
import { repositoryWords } from './repository-words.mjs';
import { snippets } from './snippets.mjs';

const guards = [dependencies, dtsImports, noAny, documented, fileSize, packages, snippets, repositoryWords];

if (!runGuards(guards, root)) process.exitCode = 1;
