// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ExportReader } from './exports.mjs';
import { lineOf } from './source.mjs';
import { readPackages } from './workspace.mjs';

/** @typedef {import('./guard.mjs').Problem} Problem */

/** Methods Nest and Node prescribe: their contract is documented there. */
const PRESCRIBED = new Set([
  'canActivate',
  'catch',
  'configure',
  'intercept',
  'transform',
  'use',
  'onModuleInit',
  'onModuleDestroy',
  'onApplicationBootstrap',
  'onApplicationShutdown',
  'beforeApplicationShutdown',
]);

/**
 * What a user can reach is described where the editor shows it: a sentence for each exported name and each of its public
 * members, and a `@param` for each parameter of an exported function or method. Options are described by their interface.
 *
 * @type {import('./guard.mjs').Guard}
 */
export const documented = {
  name: 'documented',
  check(root) {
    const reader = new ExportReader(root);
    /** @type {Map<string, Problem>} */
    const problems = new Map();
    let symbols = 0;
    for (const { entryPoints } of readPackages(root)) {
      for (const { source } of entryPoints) {
        if (!existsSync(path.join(root, source))) {
          problems.set(source, { file: source, message: 'does not exist: mend "exports" in package.json' });
          continue;
        }
        const exported = [...reader.read(source).values()];
        const contracts = contractsIn(exported);
        symbols += exported.length;
        for (const { name, file, declarations } of exported) {
          // Overloads share the documentation of the first.
          for (const { node, message } of declarationProblems(name, declarations[0], contracts)) {
            problems.set(`${file}:${lineOf(node)}:${message}`, { file, line: lineOf(node), message });
          }
        }
      }
    }
    return {
      looked: symbols === 0 ? 0 : reader.filesRead,
      problems: [...problems.values()],
      note: `${symbols} exported symbols`,
    };
  },
};

/** @typedef {{ node: ts.Node, message: string }} Finding */

/**
 * The members of exported interfaces: a class that implements one need not repeat its documentation.
 *
 * @param {readonly import('./exports.mjs').ExportedSymbol[]} exported
 * @returns {Map<string, Set<string>>} member names by interface name
 */
function contractsIn(exported) {
  return new Map(
    exported.flatMap(({ name, declarations }) =>
      declarations.filter(ts.isInterfaceDeclaration).map((declaration) => [name, memberNames(declaration)]),
    ),
  );
}

/** @param {ts.InterfaceDeclaration} declaration */
function memberNames(declaration) {
  return new Set(declaration.members.map(({ name }) => name?.getText() ?? ''));
}

/**
 * @param {string} name
 * @param {ts.Declaration | undefined} declaration
 * @param {ReadonlyMap<string, ReadonlySet<string>>} contracts
 * @returns {Finding[]}
 */
function declarationProblems(name, declaration, contracts) {
  if (declaration === undefined) return [];
  const found = [...summaryProblems(name, declaration)];
  if (ts.isFunctionDeclaration(declaration)) found.push(...parameterProblems(name, declaration, declaration));
  if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined) {
    const { initializer } = declaration;
    if (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)) {
      found.push(...parameterProblems(name, declaration, initializer));
    }
  }
  if (ts.isInterfaceDeclaration(declaration)) {
    for (const member of declaration.members) found.push(...memberProblems(name, member));
  }
  if (ts.isTypeAliasDeclaration(declaration) && ts.isTypeLiteralNode(declaration.type)) {
    for (const member of declaration.type.members) found.push(...memberProblems(name, member));
  }
  if (ts.isClassDeclaration(declaration)) found.push(...classProblems(name, declaration, contracts));
  return found;
}

/**
 * @param {string} name
 * @param {ts.ClassDeclaration} declaration
 * @param {ReadonlyMap<string, ReadonlySet<string>>} contracts
 * @returns {Finding[]}
 */
function classProblems(name, declaration, contracts) {
  const inherited = (declaration.heritageClauses ?? [])
    .flatMap(({ types }) => types.map(({ expression }) => expression.getText()))
    .flatMap((contract) => [...(contracts.get(contract) ?? [])]);
  return declaration.members
    .filter((member) => isPublic(member) && !PRESCRIBED.has(member.name?.getText() ?? ''))
    .filter((member) => !inherited.includes(member.name?.getText() ?? ''))
    .flatMap((member) => memberProblems(name, member));
}

/** @param {ts.ClassElement} member */
function isPublic(member) {
  if (ts.isConstructorDeclaration(member) || ts.isClassStaticBlockDeclaration(member)) return false;
  if (ts.isSemicolonClassElement(member)) return false;
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  // "override" and "declare" restate what the base class documents.
  const { Private, Protected, Override, Ambient } = ts.ModifierFlags;
  const hidden = Private | Protected | Override | Ambient;
  return (ts.getCombinedModifierFlags(member) & hidden) === 0;
}

/**
 * @param {string} owner
 * @param {ts.ClassElement | ts.TypeElement} member
 * @returns {Finding[]}
 */
function memberProblems(owner, member) {
  const name = member.name === undefined ? owner : `${owner}.${member.name.getText()}`;
  // Index and call signatures, and the setter beside a getter, are described by what they belong to; a member under a
  // symbol cannot be reached by name.
  if (member.name === undefined || ts.isSetAccessorDeclaration(member)) return [];
  if (ts.isComputedPropertyName(member.name)) return [];
  const found = summaryProblems(name, member);
  if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member)) {
    found.push(...parameterProblems(name, member, member));
  }
  return found;
}

/**
 * @param {string} name
 * @param {ts.Node} node
 * @returns {Finding[]}
 */
function summaryProblems(name, node) {
  const summary = docsOf(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join('\n')
    .trim();
  if (summary === '') return [{ node, message: `${name} has no documentation: say in a sentence what it is for` }];
  const [paragraph = ''] = summary.split(/\n\s*\n/);
  if (/[.!?:]$/.test(paragraph.trim())) return [];
  return [{ node, message: `the documentation of ${name} does not begin with a sentence: end it with a full stop` }];
}

/**
 * @param {string} name
 * @param {ts.Node} documentedNode - the node that carries the comment
 * @param {ts.SignatureDeclaration} signature
 * @returns {Finding[]}
 */
function parameterProblems(name, documentedNode, signature) {
  const tags = docsOf(documentedNode).flatMap(({ tags: all }) => [...(all ?? [])]);
  const described = tags.filter(ts.isJSDocParameterTag).map((tag) => tag.name.getText());
  return signature.parameters.flatMap((parameter, index) => {
    const text = parameter.name.getText();
    if (text === 'this' || text.startsWith('_')) return [];
    // An options object is described by its interface, member by member.
    if (parameter.type?.getText().endsWith('Options') ?? false) return [];
    // A destructured parameter has no name to go by: the tag at its place describes it.
    const found = ts.isIdentifier(parameter.name) ? described.includes(text) : described.length > index;
    return found
      ? []
      : [{ node: parameter, message: `${name} does not document its parameter: add "@param ${text} - …"` }];
  });
}

/**
 * @param {ts.Node} node
 * @returns {readonly ts.JSDoc[]}
 */
function docsOf(node) {
  return ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
}
