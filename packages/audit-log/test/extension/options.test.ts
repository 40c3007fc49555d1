import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, it } from 'vitest';
import { type AuditExtensionOptions, createAuditExtension } from '../../src';
import { OPTIONS } from '../fixture/database';
import { PrismaClient } from '../fixture/generated/client';

const bare = (): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString: 'postgresql://nowhere' }) });
const problemsOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { problems?: unknown }).problems ?? error;
  }
  return undefined;
};

describe('the options', () => {
  const apply = (options: object) =>
    problemsOf(() => bare().$extends(createAuditExtension(options as AuditExtensionOptions)));

  it('may be those of the published package, as far as they are kept', () => {
    const published = {
      consistency: 'atomic-required',
      ignoredModels: ['Visit'],
      sensitiveFields: ['password'],
      sensitiveFieldsByModel: { User: ['name'] },
      primaryKey: { User: 'id', Seat: ['hall', 'number'] },
      databaseMapping: {
        User: { tableName: 'users', schema: 'public', primaryKeyColumn: 'id' },
        Payment: { tableName: 'users' },
      },
      logFailures: false,
      experimentalTxAudit: false,
      ignoreTimestampOnlyUpdates: true,
      tableName: 'audit_logs',
      tenantRequired: false,
      prismaModule: { Prisma: {} },
      logger: console,
      onAuditError: () => undefined,
    };
    expect(apply(published)).toBeUndefined();
  });

  it.each([
    [{ consistency: 'best-effort' }, 'consistency'],
    [{ batchOverflow: 'reject' }, 'batchOverflow'],
    [{ maxBatchRecords: 1000 }, 'maxBatchRecords'],
    [{ logFailures: true }, 'logFailures'],
    [{ experimentalTxAudit: true }, 'experimentalTxAudit'],
    [{ tenantResolver: () => 'a' }, 'tenantResolver'],
    [{ settings: { context: 'my.context' } }, 'settings.context'],
    [{ settings: { actorId: 'my.actor' } }, 'settings.actorId'],
    [{ settings: { requestId: 'my.request' } }, 'settings.requestId'],
    [{ logger: {} }, 'logger'],
    [{ onAuditError: true }, 'onAuditError'],
    [{ tenantRequired: 'yes' }, 'tenantRequired'],
    [{ tableName: 'no table' }, 'tableName'],
    [{ trackedModels: ['User', 'Usr'] }, 'trackedModels[1]'],
    [{ alwaysAuditedModels: ['Usr'] }, 'alwaysAuditedModels[0]'],
    [{ primaryKey: { User: 'email' } }, 'primaryKey.User'],
    [{ primaryKey: { Usr: 'id' } }, 'primaryKey.Usr'],
    [{ databaseMapping: { User: { tableName: 'people' } } }, 'databaseMapping.User.tableName'],
    [{ databaseMapping: { User: { tableName: 'users', schema: 'billing' } } }, 'databaseMapping.User.schema'],
    [{ databaseMapping: { Usr: { tableName: 'users' } } }, 'databaseMapping.Usr'],
    [
      { databaseMapping: { Account: { tableName: 'accounts', primaryKeyColumn: 'iban' } } },
      'databaseMapping.Account.primaryKeyColumn',
    ],
  ])('that are not kept are refused by name: %j', (options, path) => {
    expect(apply({ ...OPTIONS, ...options })).toMatchObject([
      { path, message: expect.stringMatching(/\w{4}/) as string },
    ]);
  });

  it('that are none are refused', () => {
    expect(apply({ trackedModel: ['User'] })).toMatchObject([
      { message: expect.stringContaining('trackedModel') as string },
    ]);
  });

  it('say when one has no effect', () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message), error: () => undefined };
    createAuditExtension({ trackedModels: ['User'], ignoredModels: ['Post'], logger });
    expect(warnings).toEqual([expect.stringContaining('[@nestarc/audit-log] trackedModels is given')]);
  });
});
