import { NestarcError } from '@nestarc/core';

/** Thrown at boot for a client whose driver adapter cannot carry the context. */
export class UnsupportedAdapterError extends NestarcError {
  constructor(adapterName: string | undefined) {
    super(
      `The client uses ${adapterName === undefined ? 'no driver adapter' : `the adapter "${adapterName}"`}, which cannot ` +
        'carry the tenant. Construct it with `new PrismaClient({ adapter: new PrismaPg({ connectionString }) })` from ' +
        '@prisma/adapter-pg.',
      { code: 'PRISMA_ADAPTER_UNSUPPORTED' },
    );
  }
}
