import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import type { TestDatabase } from '@nestarc/testing';
import { AuditService, type AuditServiceOptions } from '../../src';
import { type AuditedClient, createAudited } from '../fixture/audited-client';
import { createAuditedDatabase } from '../fixture/database';

/** The models that the guide audits. */
export const TRACKED = { trackedModels: ['User', 'Post', 'Account'], ignoredModels: undefined };

/** What the guide is tried on: an audited database, a client of the application, and the service. */
export interface GuideWorld {
  readonly database: TestDatabase;
  readonly prisma: AuditedClient;
  readonly audit: AuditService;
  /** Runs and awaits as the request of a tenant's user. */
  inRequest<T>(
    work: () => T | PromiseLike<T>,
    more?: { readonly requestId?: string; readonly user?: string },
  ): Promise<T>;
  close(): Promise<void>;
}

export async function createGuideWorld(options: AuditServiceOptions = {}): Promise<GuideWorld> {
  const database = await createAuditedDatabase(TRACKED);
  const prisma = createAudited(database.appUrl, TRACKED);
  return {
    database,
    prisma,
    audit: AuditService.of(prisma, options),
    inRequest: (work, { requestId = 'r-1', user = 'u-1' } = {}) => {
      const tenantId = parseTenantId('acme');
      const context = createContext({ tenantId, requestId, actor: { id: user, type: 'user' } });
      return runWithContext(context, async () => await work());
    },
    close: async () => {
      await prisma.$disconnect();
      await database.drop();
    },
  };
}
