// @ts-check

/**
 * A fenced block of a Markdown document.
 *
 * @typedef {object} Fence
 * @property {string} language - what follows the backticks, such as `ts`
 * @property {number} line - line of the opening fence, counted from 1
 * @property {number} end - line of the closing fence, counted from 1
 * @property {string} text - what is between the two
 * @property {string | undefined} comment - the HTML comment before the fence, without its brackets
 */

/**
 * Finds the fenced blocks of a document, each with the HTML comment that stands before it.
 *
 * @param {string} markdown - the document
 * @returns {Fence[]}
 */
export function fencesOf(markdown) {
  const lines = markdown.split('\n');
  /** @type {Fence[]} */
  const found = [];
  for (let index = 0; index < lines.length; index += 1) {
    const opening = /^(`{3,}|~{3,})\s*(\w*)/.exec(lines[index] ?? '');
    if (opening === null) continue;
    const [, ticks = '', language = ''] = opening;
    let end = index + 1;
    while (end < lines.length && !(lines[end] ?? '').startsWith(ticks)) end += 1;
    found.push({
      language: language.toLowerCase(),
      line: index + 1,
      end: end + 1,
      text: lines.slice(index + 1, end).join('\n'),
      comment: commentBefore(lines, index),
    });
    index = end;
  }
  return found;
}

/**
 * @param {readonly string[]} lines
 * @param {number} index
 */
function commentBefore(lines, index) {
  let before = index - 1;
  while (before >= 0 && lines[before]?.trim() === '') before -= 1;
  return /^<!--\s*(.*?)\s*-->$/.exec(lines[before]?.trim() ?? '')?.[1];
}

/**
 * Puts new text into a fenced block.
 *
 * @param {string} markdown - the document
 * @param {Fence} fence - the block, as found in this very document
 * @param {string} text - what to put between the two fences
 */
export function replaceFence(markdown, fence, text) {
  const lines = markdown.split('\n');
  lines.splice(fence.line, fence.end - fence.line - 1, ...text.split('\n'));
  return lines.join('\n');
}
