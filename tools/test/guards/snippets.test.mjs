// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { extractRegion } from '../../guards/regions.mjs';
import { commandsIn, refreshSnippets, snippets } from '../../guards/snippets.mjs';
import { makeTree, problemsOf } from './tree.mjs';

const source = `import { run } from './run';

function example() {
  // #region short
  const value = run();

  if (value) {
    // #region inner
    run();
    // #endregion inner
  }
  // #endregion short
}
`;
const short = 'const value = run();\n\nif (value) {\n  run();\n}';

/**
 * @param {string} language
 * @param {string} comment
 * @param {string} text
 */
const fence = (language, comment, text) => `# Title\n\n<!-- ${comment} -->\n\n\`\`\`${language}\n${text}\n\`\`\`\n`;

const base = {
  'README.md': fence('ts', 'snippet: apps/shop/src/example.ts#short', short),
  'apps/shop/src/example.ts': source,
  'docs/guide.md': fence('sql', 'snippet: apps/shop/sql/1.sql#policy', 'CREATE POLICY p;'),
  'apps/shop/sql/1.sql': '-- #region policy\nCREATE POLICY p;\n-- #endregion policy\n',
};

/** @param {Readonly<Record<string, string>>} change */
function problemsWith(change) {
  return problemsOf(snippets, makeTree({ ...base, ...change }));
}

describe('guard snippets', () => {
  it('accepts copies of files that are run, and other languages', () => {
    const root = makeTree({ ...base, 'packages/core/README.md': '```json\n{}\n```\n\n```\ntext\n```\n' });
    expect(snippets.check(root)).toEqual({ looked: 3, problems: [], note: '2 snippets' });
  });

  it('looked at nothing when the documents hold no snippet', () => {
    expect(snippets.check(makeTree({ 'README.md': '# Title\n' })).looked).toBe(0);
  });

  it.each(['ts', 'js', 'sql', 'prisma', 'bash', 'sh'])('rejects %s code that is a copy of nothing', (language) => {
    const problems = problemsWith({ 'README.md': `# Title\n\n\`\`\`${language}\ncode\n\`\`\`\n` });
    expect(problems).toEqual([expect.stringMatching(/^README\.md:3 .*write "<!--/)]);
  });

  it('rejects a copy that differs by one byte', () => {
    const problems = problemsWith({ 'README.md': base['README.md'].replace('run();\n}', 'run();\n }') });
    expect(problems).toEqual([expect.stringContaining('differs from apps/shop/src/example.ts')]);
  });

  it.each(['apps/shop/src/gone.ts', 'apps/shop/src/example.ts#gone'])('rejects a copy of %s', (target) => {
    const problems = problemsWith({ 'README.md': fence('ts', `snippet: ${target}`, short) });
    expect(problems).toEqual([expect.stringContaining('does not exist')]);
  });

  it('rejects code that no test runs, and accepts it once a test imports it', () => {
    const change = {
      'README.md': fence('ts', 'snippet: docs/example.ts', 'export const a = 1;'),
      'docs/example.ts': 'export const a = 1;\n',
    };
    expect(problemsWith(change)).toEqual([expect.stringContaining('no test runs docs/example.ts')]);
    expect(problemsWith({ ...change, 'docs/test/example.test.ts': "import '../example';\n" })).toEqual([]);
    expect(problemsWith({ ...change, 'docs/test/example.test.mjs': "import './helper.mjs';\n" })).toHaveLength(1);
  });

  it('accepts commands that a test holds', () => {
    const readme = fence('bash', 'shell: tested by tools/test/start.test.mjs', '# start it\nnpm start \\\n  --quiet');
    const holds = { 'README.md': readme, 'tools/test/start.test.mjs': "run('npm start --quiet');\n" };
    expect(problemsWith(holds)).toEqual([]);
    expect(problemsWith({ ...holds, 'tools/test/start.test.mjs': "run('npm test');\n" })).toEqual([
      expect.stringContaining('neither reads README.md nor runs "npm start --quiet"'),
    ]);
    expect(problemsWith({ 'README.md': readme })).toEqual([expect.stringContaining('does not exist')]);
  });

  it('accepts commands of a document that a test reads', () => {
    const readme = fence('sh', 'shell: tested by tools/test/readme.test.mjs', 'npm start');
    expect(problemsWith({ 'README.md': readme, 'tools/test/readme.test.mjs': "readFile('README.md');\n" })).toEqual([]);
  });
});

describe('refreshSnippets', () => {
  it('copies the sources into the documents, several in one as well', () => {
    const stale = base['README.md'].replace(short, 'old\nlonger\nthan before\nby\nsome\nlines');
    const root = makeTree({ ...base, 'README.md': stale + stale });
    expect(refreshSnippets(root)).toEqual(['README.md']);
    expect(readFileSync(path.join(root, 'README.md'), 'utf8')).toBe(base['README.md'] + base['README.md']);
    expect(refreshSnippets(root)).toEqual([]);
  });
});

describe('extractRegion', () => {
  it('takes a region without its indentation and without the marks of others', () => {
    expect(extractRegion(source, 'short')).toBe(short);
    expect(extractRegion(source, 'inner')).toBe('run();');
  });

  it('takes a whole file without the marks', () => {
    expect(extractRegion('# #region a\nnpm start\n# #endregion a\n', undefined)).toBe('npm start');
  });

  it('finds no region that is not there, or not closed', () => {
    expect(extractRegion(source, 'long')).toBeUndefined();
    expect(extractRegion('// #region open\ncode', 'open')).toBeUndefined();
  });
});

describe('commandsIn', () => {
  it('joins continued lines and drops comments', () => {
    expect(commandsIn('# first\ncurl -X POST \\\n  -H "A: b"\n\nnpm test\n')).toEqual([
      'curl -X POST -H "A: b"',
      'npm test',
    ]);
  });
});
