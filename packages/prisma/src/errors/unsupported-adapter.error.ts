import { NestarcError } from '@nestarc/core';

/** Thrown at boot for a client whose driver adapter cannot carry the context. */
export class UnsupportedAdapterError extends NestarcError {
  /** @param adapter - the adapter the client was constructed with */
  constructor(adapter: unknown) {
    const name = (adapter as { adapterName?: unknown } | null | undefined)?.adapterName;
    const adapterName = typeof name === 'string' ? name : undefined;
    super(
      `The client uses ${adapterName === undefined ? 'no driver adapter' : `the adapter "${adapterName}"`}, which cannot ` +
        'carry the tenant. Construct it with `new PrismaClient({ adapter: new PrismaPg({ connectionString }) })` from ' +
        '@prisma/adapter-pg.',
      { code: 'PRISMA_ADAPTER_UNSUPPORTED' },
    );
  }
}
