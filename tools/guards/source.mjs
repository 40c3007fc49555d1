// @ts-check
import ts from 'typescript';
import { readText } from './files.mjs';

/**
 * Parses a source file without resolving anything, which takes milliseconds.
 *
 * @param {string} root - folder of the repository
 * @param {string} file - path relative to the root
 */
export function parse(root, file) {
  return ts.createSourceFile(file, readText(root, file), ts.ScriptTarget.ES2023, true);
}

/**
 * Calls a function with every node of a tree.
 *
 * @param {ts.Node} node - root of the tree
 * @param {(node: ts.Node) => void} visit - the function
 */
export function visitAll(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => visitAll(child, visit));
}

/**
 * Gives the line of a node, counted from 1.
 *
 * @param {ts.Node} node - a node whose parents are set
 */
export function lineOf(node) {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/**
 * Tells whether a file is TypeScript or JavaScript.
 *
 * @param {string} file - path of the file
 */
export function isCode(file) {
  return /\.([cm]?[jt]s|[jt]sx)$/.test(file);
}

/**
 * Finds everything a file imports: import and export declarations, `import x = require()`, `require()`, `import()`,
 * import types and triple-slash type references.
 *
 * @param {ts.SourceFile} source - the parsed file
 * @returns {{ specifier: string, line: number }[]}
 */
export function importsOf(source) {
  /** @type {{ specifier: string, line: number }[]} */
  const found = source.typeReferenceDirectives.map(({ fileName, pos }) => ({
    specifier: fileName,
    line: source.getLineAndCharacterOfPosition(pos).line + 1,
  }));
  visitAll(source, (node) => {
    const literal = specifierNode(node);
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      found.push({ specifier: literal.text, line: lineOf(node) });
    }
  });
  return found;
}

/**
 * @param {ts.Node} node
 * @returns {ts.Node | undefined}
 */
function specifierNode(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isCallExpression(node) && isLoader(node.expression)) return node.arguments[0];
  return undefined;
}

/** @param {ts.Expression} callee */
function isLoader(callee) {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  return ts.isPropertyAccessExpression(callee) && callee.getText() === 'require.resolve';
}
