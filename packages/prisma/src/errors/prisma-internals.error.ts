import { NestarcError } from '@nestarc/core';

/** Thrown at boot when a client does not have the parts that carry the context: running on would lose the tenant. */
export class PrismaInternalsError extends NestarcError {
  /** What was looked for and not found. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[], version: unknown) {
    const found = typeof version === 'string' ? `Prisma Client ${version}` : 'The object given as Prisma client';
    super(
      `${found} does not have ${missing.join(', ')}. Use a version listed in the README of @nestarc/prisma, or pass the ` +
        'client that $extends was called on.',
      { code: 'PRISMA_INTERNALS_CHANGED' },
    );
    this.missing = missing;
  }
}
