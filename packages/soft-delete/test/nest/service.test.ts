import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SoftDeleteService } from '../../src';
import { SETTINGS } from '../fixture/fixture';
import { softDeleteApp } from './http-app';
import { ServiceWorld } from './service-world';

let world: ServiceWorld;

describe.each(SETTINGS)('SoftDeleteService $name', (settings) => {
  beforeAll(async () => {
    world = await ServiceWorld.open(settings);
  });
  beforeEach(() => world.fixture.clear());
  afterAll(() => world.close());

  it('restores a row with what its deletion took', async () => {
    const { prisma, service } = world;
    const { id } = await world.newUser();
    await world.as('acme', () => prisma.user.delete({ where: { id } }));
    const restored = await world.as('acme', () => service.restore('User', { id }));
    expect(restored).toMatchObject({ id, deletedAt: null, deletedBy: null });
    expect(await world.as('acme', () => prisma.post.count())).toBe(2);
  });

  it('restores many, and tells how many', async () => {
    const { prisma, service } = world;
    await world.newUser();
    await world.newUser('acme', 'b@example.com');
    await world.as('acme', () => prisma.user.deleteMany());
    const where = { email: 'b@example.com' };
    expect(await world.as('acme', () => service.restoreMany('User', { where }))).toEqual({ count: 1 });
    expect(await world.as('acme', () => prisma.user.findMany())).toMatchObject([where]);
  });

  it('takes part in the transaction whose client it is given', async () => {
    const { prisma, service } = world;
    const { id } = await world.newUser();
    await world.as('acme', () => prisma.user.delete({ where: { id } }));
    const undone = world.as('acme', () =>
      prisma.$transaction(async (tx) => {
        await service.restore('User', { id }, { tx });
        throw new Error('undo');
      }),
    );
    await expect(undone).rejects.toThrow('undo');
    expect(await world.as('acme', () => prisma.user.count())).toBe(0);
  });

  it('removes a row for good', async () => {
    const { prisma, service } = world;
    const { id } = await world.as('acme', () => prisma.user.create({ data: { email: 'a@example.com' } }));
    await world.as('acme', () => service.forceDelete('User', { id }));
    expect(await world.fixture.asAdmin('SELECT 1 FROM users')).toEqual([]);
  });

  it('purges what was deleted before an instant, and refuses to go without one', async () => {
    const { prisma, service, fixture } = world;
    await world.newUser();
    await world.as('acme', () => prisma.user.deleteMany());
    await expect(world.as('acme', () => service.purge('Post', {} as never))).rejects.toThrow('olderThan');
    expect(await fixture.asAdmin('SELECT 1 FROM posts')).toHaveLength(2);
    const result = await world.as('acme', () => service.purge(undefined, { olderThan: new Date() }));
    expect(result).toMatchObject({ count: 3, isComplete: true });
    expect(await fixture.asAdmin('SELECT 1 FROM posts')).toEqual([]);
  });

  it('shows deleted rows to a function, of all models or of those it names', async () => {
    const { prisma, service } = world;
    await world.newUser();
    await world.as('acme', () => prisma.post.deleteMany({ where: { title: '1' } }));
    const count = (): Promise<unknown> => Promise.all([prisma.user.count(), prisma.post.count()]);
    expect(await world.as('acme', () => service.withDeleted(count))).toEqual([1, 2]);
    expect(await world.as('acme', () => service.onlyDeleted(count))).toEqual([0, 1]);
    expect(await world.as('acme', () => service.onlyDeleted(count, ['Post']))).toEqual([1, 1]);
    expect(await world.as('acme', () => service.withDeleted(count, ['User']))).toEqual([1, 1]);
    // Not awaited inside.
    expect(await world.as('acme', () => service.onlyDeleted(() => prisma.post.count()))).toBe(1);
  });

  it('knows who acts in such a function', async () => {
    const { prisma, service } = world;
    const { tenantId, id } = await world.newUser();
    const where = { tenantId_email: { tenantId, email: 'a@example.com' } };
    const deleted = await world.as('acme', () => service.withDeleted(() => prisma.user.delete({ where })));
    expect(deleted).toMatchObject({ id, deletedBy: 'user-of-acme' });
  });
});

describe.each(SETTINGS.filter(({ tenancy }) => tenancy))('SoftDeleteService $name', (settings) => {
  beforeAll(async () => {
    world = await ServiceWorld.open(settings);
  });
  beforeEach(() => world.fixture.clear());
  afterAll(() => world.close());

  it('does not reach the rows of another tenant', async () => {
    const { prisma, service, fixture } = world;
    const { id } = await world.newUser('umbrella');
    await world.as('umbrella', () => prisma.user.delete({ where: { id } }));
    await expect(world.as('acme', () => service.restore('User', { id }))).rejects.toMatchObject({ status: 404 });
    expect(await world.as('acme', () => service.restoreMany('User', { where: { id } }))).toEqual({ count: 0 });
    const forced = world.as('acme', () => service.forceDelete('User', { id }));
    await expect(forced).rejects.toMatchObject({ code: 'P2025' });
    const purged = await world.as('acme', () => service.purge(undefined, { olderThan: new Date() }));
    expect(purged.count).toBe(0);
    expect(await world.as('acme', () => service.withDeleted(() => prisma.user.findMany()))).toEqual([]);
    const rows = await fixture.asAdmin('SELECT deleted_at IS NOT NULL AS is_deleted FROM users');
    expect(rows).toEqual([{ is_deleted: true }]);
  });

  it('does nothing without a tenant', async () => {
    const { prisma, service, fixture } = world;
    const { id } = await world.newUser();
    await world.as('acme', () => prisma.user.delete({ where: { id } }));
    const missing = { code: 'TENANT_CONTEXT_MISSING' };
    await expect(service.restore('User', { id })).rejects.toMatchObject(missing);
    await expect(service.restoreMany('User')).rejects.toMatchObject(missing);
    await expect(service.forceDelete('User', { id })).rejects.toMatchObject(missing);
    await expect(service.purge('Post', { olderThan: new Date() })).rejects.toMatchObject(missing);
    await expect(service.withDeleted(() => prisma.user.count())).rejects.toMatchObject(missing);
    expect(await fixture.asAdmin('SELECT 1 FROM users WHERE deleted_at IS NOT NULL')).toHaveLength(1);
  });
});

it('a client that is not there is missed when the service is asked to work', async () => {
  const app = await Test.createTestingModule({ imports: [softDeleteApp(undefined, {})] }).compile();
  const asked = app.get(SoftDeleteService).restore('User', { id: 1 });
  await expect(asked).rejects.toThrow('prismaServiceToken');
  await app.close();
});
