/** Thrown inside of this folder where schema text is not written as expected; callers get a PrismaInternalsError. */
export class SchemaSyntaxError extends Error {
  constructor(line: number, expected: string, found: string) {
    super(`line ${line}: ${expected} expected, ${JSON.stringify(found)} found`);
  }
}
