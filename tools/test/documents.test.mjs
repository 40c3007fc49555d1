// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, readText } from '../guards/files.mjs';
import { fencesOf } from '../guards/markdown.mjs';
import { commandsIn } from '../guards/snippets.mjs';
import { readManifest, readPackages } from '../guards/workspace.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * The commands of the shell fences of a document.
 *
 * @param {string} file - the document, relative to the root
 */
function shellCommands(file) {
  return fencesOf(readText(root, file))
    .filter(({ language }) => ['bash', 'sh'].includes(language))
    .flatMap(({ text }) => commandsIn(text));
}

describe('the documents', () => {
  const documents = listFiles(root, ['.'], (file) => file.endsWith('.md'));

  it.each(documents)('%s links to files that exist', (file) => {
    const links = [...readText(root, file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      (match) => match[1] ?? '',
    );
    const broken = links.filter((link) => !existsSync(path.join(root, path.dirname(file), link)));
    expect(broken).toEqual([]);
  });

  it.each(documents)('%s names npm scripts that exist', (file) => {
    const builtIn = ['install', 'run', 'pack', 'init', 'i', 'ls', 'ci'];
    const { scripts = {} } = readManifest(root, '.');
    const named = [...readText(root, file).matchAll(/`npm (?:run )?([\w:-]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts) && !builtIn.includes(name))).toEqual([]);
  });
});

const packages = readPackages(root).map((workspace) => /** @type {const} */ ([workspace.name, workspace]));

describe.each(packages)('packages/%s/README.md', (name, { folder, manifest }) => {
  const file = `${folder}/README.md`;

  it('begins with the name of the package', () => {
    expect(readText(root, file)).toMatch(new RegExp(`^# @nestarc/${name}\n`));
  });

  it('installs the package together with every peer that is not optional, and nothing foreign', () => {
    const peers = Object.keys(manifest.peerDependencies ?? {});
    const required = peers.filter((peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true);
    const installed = shellCommands(file)
      .filter((command) => command.startsWith('npm install'))
      .flatMap((command) => command.split(' ').slice(2))
      .filter((word) => !word.startsWith('-'));
    // Everyone who reads this has a NestJS application already.
    const present = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];
    expect(installed).toContain(`@nestarc/${name}`);
    expect(installed).toEqual(expect.arrayContaining(required.filter((peer) => !present.includes(peer))));
    const known = [`@nestarc/${name}`, ...peers, ...Object.keys(manifest.dependencies ?? {})];
    expect(installed.filter((word) => !known.includes(word))).toEqual([]);
  });
});
