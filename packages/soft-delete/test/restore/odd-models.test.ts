import { afterEach, expect, it } from 'vitest';
import { OddWorld, soon } from '../odd/odd-world';

let world: OddWorld;
afterEach(() => world.close());

it('a model and a key that are called as parts of the statements are can be restored and purged', async () => {
  world = await OddWorld.create({ softDeleteModels: ['links', 'kept'], cascade: { links: ['links'] } });
  await world.install();
  const { prisma, operations } = world;
  const { found } = await prisma.links.create({ data: { children: { create: [{}, {}] } } });
  await prisma.kept.create({ data: {} });
  await prisma.links.delete({ where: { found } });
  await prisma.kept.deleteMany();
  expect(await prisma.links.count()).toBe(0);
  await operations.restore('links', { found });
  await operations.restoreMany('kept');
  expect([await prisma.links.count(), await prisma.kept.count()]).toEqual([3, 1]);
  await prisma.links.delete({ where: { found } });
  await prisma.kept.deleteMany();
  expect(await operations.purge(undefined, { olderThan: await soon() })).toMatchObject({ count: 4 });
});

it('rows whose key is a time of day are restored and purged', async () => {
  world = await OddWorld.create({ softDeleteModels: ['Slot'] });
  await world.install();
  const { prisma, operations } = world;
  const times = ['10:00:00.123', '00:00:00.000', '23:59:59.000'].map((time) => new Date(`1970-01-01T${time}Z`));
  await prisma.slot.createMany({ data: times.map((at) => ({ at })) });
  await prisma.slot.deleteMany();
  await operations.restore('Slot', { at: times[0] });
  expect(await prisma.slot.findMany({ select: { at: true } })).toEqual([{ at: times[0] }]);
  expect(await operations.restoreMany('Slot')).toEqual({ count: 2 });
  await prisma.slot.deleteMany({ where: { at: { in: [times[0], times[2]].flatMap((at) => at ?? []) } } });
  expect(await operations.purge('Slot', { olderThan: await soon(), batchSize: 1 })).toMatchObject({ count: 2 });
  expect(await prisma.slot.findMany({ select: { at: true } })).toEqual([{ at: times[1] }]);
});
