// @ts-check
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// `consistent-type-imports` stays off for good: it turns the import of an injected class into a type import, which
// removes the class from the decorator metadata, and Nest can no longer inject it.

const published = ['packages/*/src/**/*.ts'];

const noFocusedTests = [
  {
    selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="only"]',
    message: 'A focused test hides all the others. Run one test with "npm run vitest -- -t <title>" instead.',
  },
  {
    selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(skip|todo)$/]',
    message: 'A skipped test proves nothing. Make it pass or delete it; "it.runIf(condition)" is for other platforms.',
  },
];

export default defineConfig(
  // The fixtures are applications with installations of their own, whose compilers check them.
  globalIgnores(['**/dist/', '**/generated/', '**/node_modules/', '**/coverage/', '.nestarc/', 'fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    name: 'nestarc/all',
    languageOptions: {
      globals: globals.node,
      // One program for everything: a program per package would parse Node's and Nest's types again for each.
      parserOptions: { project: ['./tsconfig.lint.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true, IIFEs: true }],
      complexity: ['error', 15],
      curly: ['error', 'multi-line'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'object-shorthand': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'default', format: ['camelCase'], leadingUnderscore: 'allow' },
        { selector: 'import', format: null },
        { selector: 'variable', format: ['camelCase', 'PascalCase', 'UPPER_CASE'], leadingUnderscore: 'allow' },
        { selector: 'function', format: ['camelCase', 'PascalCase'] },
        { selector: 'typeLike', format: ['PascalCase'] },
        // Header names, SQL columns, model names and symbols are keys as well.
        { selector: ['property', 'method', 'enumMember'], format: null },
        {
          selector: 'interface',
          format: ['PascalCase'],
          // A port is a plain noun (OutboxStore), its implementations say how (PgOutboxStore).
          custom: { regex: '^I[A-Z]', match: false },
        },
      ],
    },
  },
  {
    name: 'nestarc/published',
    files: published,
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'console', message: 'Use the Logger of @nestjs/common, or announce it through the EventSink.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use randomUUID or randomInt of node:crypto.' },
        { object: 'process', property: 'exit', message: 'Throw an error: the application decides when to exit.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@prisma/client',
              message:
                'A library never sees the generated client. Take a structural type (PrismaClientLike of ' +
                '@nestarc/prisma) or use @prisma/client/extension.',
            },
            { name: 'vitest', message: 'Move what needs vitest to the test folder.' },
          ],
          patterns: [
            {
              regex: '^(fs|path|crypto|net|os|url|util|events|child_process|async_hooks|module|timers)(/|$)',
              message: 'Write the node: prefix, as in node:fs.',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportExpression',
          message:
            'Native import() does not run under jest on Node 20. Load an optional peer with requireOptionalPeer of ' +
            '@nestarc/core/nest, and make everything else a static import.',
        },
        {
          selector: 'TSEnumDeclaration',
          message: 'Use a union of string literals, or an "as const" object when the values are needed at run time.',
        },
      ],
    },
  },
  {
    name: 'nestarc/test-code',
    files: ['**/test/**/*.ts', '**/test/**/*.mjs'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', ...noFocusedTests],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'nestarc/apps',
    files: ['apps/*/src/**/*.ts'],
    // The applications are what users copy: they are written as NestJS applications are.
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    name: 'nestarc/javascript',
    files: ['**/*.mjs', '**/*.js'],
    // The compiler checks these files; the linter does not see the casts of JSDoc.
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
