// @ts-check
import { existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parse } from './source.mjs';

/**
 * A name a file exports, with what declares it: several declarations for an overloaded function.
 *
 * @typedef {object} ExportedSymbol
 * @property {string} name
 * @property {string} file - the file that declares it, relative to the root
 * @property {ts.Declaration[]} declarations
 */

/**
 * Follows a file's exports to their declarations, through re-exports of its own package. Names re-exported from another
 * package are left out: they are declared, and checked, there.
 */
export class ExportReader {
  /**
   * @readonly
   * @type {Map<string, ts.SourceFile>}
   */
  #parsed = new Map();

  /** @param {string} root - folder of the repository */
  constructor(root) {
    this.root = root;
  }

  /** How many files were read so far. */
  get filesRead() {
    return this.#parsed.size;
  }

  /**
   * @param {string} file - the file, relative to the root
   * @returns {Map<string, ExportedSymbol>} by exported name
   */
  read(file) {
    /** @type {Map<string, ExportedSymbol>} */
    const found = new Map();
    const locals = new Map(this.#source(file).statements.flatMap((statement) => declaredBy(statement)));
    for (const statement of this.#source(file).statements) {
      if (ts.isExportDeclaration(statement)) {
        for (const symbol of this.#reExported(file, statement)) found.set(symbol.name, symbol);
      } else if (isExported(statement)) {
        for (const [name, declaration] of declaredBy(statement)) {
          const known = found.get(name);
          if (known === undefined) found.set(name, { name, file, declarations: [declaration] });
          else known.declarations.push(declaration);
        }
      } else if (ts.isExportAssignment(statement) && ts.isIdentifier(statement.expression)) {
        const declaration = locals.get(statement.expression.text);
        if (declaration !== undefined) found.set('default', { name: 'default', file, declarations: [declaration] });
      }
    }
    return found;
  }

  /**
   * @param {string} file
   * @param {ts.ExportDeclaration} statement
   * @returns {ExportedSymbol[]}
   */
  #reExported(file, { moduleSpecifier, exportClause }) {
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    const target = this.#resolve(file, moduleSpecifier.text);
    if (target === undefined) return [];
    const symbols = this.read(target);
    if (exportClause === undefined) return [...symbols.values()];
    if (!ts.isNamedExports(exportClause)) return [];
    return exportClause.elements.flatMap(({ name, propertyName }) => {
      const symbol = symbols.get((propertyName ?? name).text);
      return symbol === undefined ? [] : [{ ...symbol, name: name.text }];
    });
  }

  /**
   * @param {string} file
   * @param {string} specifier
   * @returns {string | undefined}
   */
  #resolve(file, specifier) {
    if (!specifier.startsWith('.')) return undefined;
    const base = path.posix.join(path.posix.dirname(file), specifier).replace(/\.[jt]s$/, '');
    return [`${base}.ts`, `${base}/index.ts`].find((candidate) => existsSync(path.join(this.root, candidate)));
  }

  /** @param {string} file */
  #source(file) {
    const source = this.#parsed.get(file) ?? parse(this.root, file);
    this.#parsed.set(file, source);
    return source;
  }
}

/** @param {ts.Statement} statement */
function isExported(statement) {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

/**
 * @param {ts.Statement} statement
 * @returns {[string, ts.Declaration][]}
 */
function declaredBy(statement) {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) =>
      ts.isIdentifier(declaration.name) ? [[declaration.name.text, declaration]] : [],
    );
  }
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return declares && statement.name !== undefined ? [[statement.name.text, statement]] : [];
}
