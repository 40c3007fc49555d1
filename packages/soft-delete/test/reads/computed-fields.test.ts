import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReadingWorld } from './reading-world';

interface Computed {
  readonly state?: string;
  readonly shout?: string;
  readonly deletedAt?: unknown;
}

/** As the fields of an extension come out: TypeScript does not know them. */
const computedOf = (row: unknown): Computed => row ?? {};

describe.each(['client', 'database'] as const)('A field that is computed of the mark (%s)', (enforcement) => {
  let world: ReadingWorld;
  const extended = () =>
    world.prisma.$extends({
      result: {
        user: {
          state: {
            needs: { deletedAt: true },
            compute: ({ deletedAt }) => (deletedAt === null ? 'active' : 'deleted'),
          },
          shout: { needs: { name: true }, compute: ({ name }) => (name ?? '').toUpperCase() },
        },
      },
    });
  beforeAll(async () => {
    world = await ReadingWorld.create({ enforcement });
  });
  afterAll(() => world.close());

  it('is there where rows are found by primary key, without the mark', async () => {
    const { user } = extended();
    const selected = await user.findUnique({ where: { id: 1 }, select: { state: true } });
    expect(computedOf(selected).state).toBe('active');
    expect(Object.keys(selected ?? {})).toEqual(['state']);
    const rest = computedOf(await user.findUnique({ where: { id: 1 }, omit: { deletedAt: true } }));
    expect([rest.state, rest.shout]).toEqual(['active', 'ANN']);
    expect(Object.keys(rest)).not.toContain('deletedAt');
    expect(await user.findUnique({ where: { id: 2 }, select: { state: true } })).toBeNull();
  });

  it('is there in a relation to one', async () => {
    const { post } = extended();
    const select = { author: { select: { state: true } } };
    const found = await post.findUnique({ where: { id: 1 }, select });
    expect(computedOf(found?.author).state).toBe('active');
    expect(JSON.stringify(found)).toBe('{"author":{"state":"active"}}');
    const omitting = { author: { omit: { deletedAt: true } } };
    const other = await post.findUnique({ where: { id: 1 }, include: omitting });
    expect(computedOf(other?.author).state).toBe('active');
    expect(JSON.stringify(other)).not.toContain('2026');
  });
});
