// @ts-check

const OPENING = /^\s*(?:\/\/|--|#)\s*#region\s+(\S+)\s*$/;
const CLOSING = /^\s*(?:\/\/|--|#)\s*#endregion\s+(\S+)\s*$/;

/**
 * Takes the part of a source file between `// #region name` and `// #endregion name` (`--` in SQL, `#` in shell scripts),
 * without its common indentation and without the marks of regions inside it.
 *
 * @param {string} source - the text of the file
 * @param {string | undefined} name - the region; `undefined` for the whole file
 * @returns {string | undefined} `undefined` when there is no such region
 */
export function extractRegion(source, name) {
  const lines = source.trimEnd().split('\n');
  let first = 0;
  let last = lines.length;
  if (name !== undefined) {
    first = lines.findIndex((line) => OPENING.exec(line)?.[1] === name) + 1;
    last = lines.findIndex((line) => CLOSING.exec(line)?.[1] === name);
    if (first === 0 || last < first) return undefined;
  }
  return dedent(lines.slice(first, last).filter((line) => !OPENING.test(line) && !CLOSING.test(line)));
}

/** @param {readonly string[]} lines */
function dedent(lines) {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const indent = Math.min(...indents);
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .trim();
}
