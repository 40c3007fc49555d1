// @ts-check
import ts from 'typescript';
import { listFiles, readText } from './files.mjs';
import { sourceFolders } from './no-any.mjs';
import { isCode } from './source.mjs';

const MAX_CODE = 300;
const MAX_WITH_COMMENTS = 400;

/** @type {import('./guard.mjs').Guard} */
export const fileSize = {
  name: 'file-size',
  check(root) {
    const files = listFiles(root, [...sourceFolders(root), 'bench', 'tools'], isCode);
    /** @type {import('./guard.mjs').Problem[]} */
    const problems = [];
    const sizes = files.map((file) => {
      const text = readText(root, file);
      const code = codeLines(text);
      const all = text.split('\n').filter((line) => line.trim() !== '').length;
      if (code > MAX_CODE) problems.push({ file, message: `${code} lines of code, ${MAX_CODE} at most: split it` });
      if (all > MAX_WITH_COMMENTS) {
        problems.push({ file, message: `${all} lines with comments, ${MAX_WITH_COMMENTS} at most: split it` });
      }
      return code;
    });
    return {
      looked: files.length,
      problems,
      note: `median ${quantile(sizes, 0.5)}, p90 ${quantile(sizes, 0.9)} lines`,
    };
  },
};

/**
 * Counts the lines that hold something else than comments.
 *
 * @param {string} text - a source file
 */
export function codeLines(text) {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.ES2023, true);
  /** @type {Set<number>} */
  const lines = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length > 0) return children.forEach(visit);
    if (node.getWidth(source) === 0) return;
    const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
    const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
    for (let line = first; line <= last; line += 1) lines.add(line);
  };
  visit(source);
  return lines.size;
}

/**
 * @param {readonly number[]} values
 * @param {number} part
 */
function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
