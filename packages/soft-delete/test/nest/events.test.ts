import { Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPrismaSoftDeleteExtension,
  PurgedEvent,
  RestoredEvent,
  SoftDeletedEvent,
  SoftDeleteEventEmitter,
  SoftDeleteEvents,
  type SoftDeleteModuleOptions,
  SoftDeleteService,
} from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { softDeleteApp } from './http-app';

const OPTIONS = {
  softDeleteModels: ['User', 'Post', 'Comment'],
  cascade: { User: ['Post.author'], Post: ['Comment'] },
};

/** Hears what an application announces. */
@Injectable()
class Listener {
  readonly heard: unknown[] = [];

  @OnEvent(SoftDeletedEvent.EVENT_NAME)
  @OnEvent(RestoredEvent.EVENT_NAME)
  @OnEvent(PurgedEvent.EVENT_NAME)
  hear(event: unknown): void {
    this.heard.push(event);
  }
}

let fixture: SoftDeleteFixture;
const apps: TestingModule[] = [];
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
});
beforeEach(() => fixture.clear());
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));
afterAll(() => fixture.close());

const newClient = (): PrismaClient => {
  const prisma = fixture.bareClient();
  createPrismaSoftDeleteExtension(OPTIONS)(prisma);
  return prisma;
};

/** An application on a client of its own, or on the given one; it announces unless it is told otherwise. */
async function application(
  options: Partial<SoftDeleteModuleOptions> = { enableEvents: true },
  prisma = newClient(),
  imports: DynamicModule[] = [EventEmitterModule.forRoot()],
): Promise<{ prisma: PrismaClient; service: SoftDeleteService; heard: unknown[]; app: TestingModule }> {
  @Module({ providers: [Listener] })
  class ListenerModule {}
  const module = softDeleteApp(prisma, { imports: [...imports, ListenerModule] }, options);
  const app = await Test.createTestingModule({ imports: [module] }).compile();
  await app.init().catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  apps.push(app);
  const { heard } = app.get(Listener, { strict: false });
  return { prisma, service: app.get(SoftDeleteService), heard, app };
}

const newUser = async (prisma: PrismaClient, email = 'a@example.com'): Promise<number> => {
  const comments = { create: [{ text: 'first' }, { text: 'second' }] };
  const posts = { create: [{ title: '1', comments }, { title: '2' }] };
  return (await prisma.user.create({ data: { email, posts } })).id;
};

describe('with a plain EventEmitterModule', () => {
  it('a deletion is heard of, by the model it began at and each that its cascade took', async () => {
    const { prisma, heard } = await application();
    const id = await newUser(prisma);
    const { deletedAt, deletionId } = await prisma.user.delete({ where: { id } });
    expect(heard).toHaveLength(3);
    expect(heard.every((event) => event instanceof SoftDeletedEvent)).toBe(true);
    expect(heard[0]).toMatchObject({ model: 'User', where: { id }, deletedAt, deletionId, actorId: null, count: 1 });
    expect(heard[1]).toMatchObject({ model: 'Post', where: undefined, deletedAt, deletionId, cause: 'User', count: 2 });
    expect(heard[2]).toMatchObject({ model: 'Comment', deletedAt, deletionId, count: 2 });
  });

  it('so are a restoration, and a purge', async () => {
    const { prisma, service, heard } = await application();
    const id = await newUser(prisma);
    const { deletionId } = await prisma.user.delete({ where: { id } });
    heard.length = 0;
    await service.restore('User', { id });
    expect(heard.every((event) => event instanceof RestoredEvent)).toBe(true);
    expect(heard[0]).toMatchObject({ model: 'User', where: { id }, count: 1, deletionId });
    expect(heard.map((event) => (event as RestoredEvent).model)).toEqual(['User', 'Post', 'Comment']);
    await prisma.comment.deleteMany();
    heard.length = 0;
    const olderThan = new Date();
    await service.purge('Comment', { olderThan });
    expect(heard).toEqual([new PurgedEvent('Comment', 2, olderThan)]);
  });

  it('nothing is heard of no rows, of what is refused, or of what was rolled back', async () => {
    const { prisma, heard } = await application();
    const id = await newUser(prisma);
    await prisma.user.deleteMany({ where: { email: 'nobody@example.com' } });
    await prisma.user.delete({ where: { id: 404 } }).catch(() => undefined);
    SoftDeleteEvents.of(prisma).announce(new SoftDeletedEvent('User', {}, new Date(), null, 0));
    const rolledBack = prisma.$transaction(async (tx) => {
      await tx.user.delete({ where: { id } });
      throw new Error('undo');
    });
    await expect(rolledBack).rejects.toThrow('undo');
    expect(heard).toEqual([]);
  });

  it('is heard after the commit, and not before', async () => {
    const { prisma, heard } = await application();
    const id = await newUser(prisma);
    await prisma.$transaction(async (tx) => {
      await tx.user.delete({ where: { id } });
      expect(heard).toEqual([]);
    });
    expect(heard).toHaveLength(3);
  });

  it('a listener that fails is logged, and nobody’s error', async () => {
    const { prisma, heard, app } = await application();
    const id = await newUser(prisma);
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    vi.spyOn(app.get(Listener, { strict: false }).heard, 'push').mockImplementationOnce(() => {
      throw new Error('listener');
    });
    await prisma.user.delete({ where: { id } });
    expect(heard).toHaveLength(2);
    vi.restoreAllMocks();
  });
});

describe('two applications in one process', () => {
  it('hear of what their own clients delete', async () => {
    const one = await application();
    const other = await application();
    const id = await newUser(one.prisma);
    await one.prisma.user.delete({ where: { id } });
    expect(one.heard).toHaveLength(3);
    expect(other.heard).toEqual([]);
  });

  it('with one client both hear, and one that was shut down does not', async () => {
    const one = await application();
    const other = await application({ enableEvents: true }, one.prisma);
    const id = await newUser(one.prisma);
    // Nest itself takes the listeners of an application away when that shuts down; nothing may be left to call them.
    const told = vi.spyOn(other.app.get(SoftDeleteEventEmitter), 'emitSoftDeleted');
    await apps.pop()?.close();
    await one.prisma.user.delete({ where: { id } });
    expect(one.heard).toHaveLength(3);
    expect(told).not.toHaveBeenCalled();
  });
});

describe('enableEvents', () => {
  it('is off by default', async () => {
    const { prisma, heard, app } = await application({});
    await prisma.user.delete({ where: { id: await newUser(prisma) } });
    expect(heard).toEqual([]);
    expect(app.get(SoftDeleteEventEmitter).isEnabled).toBe(false);
  });

  it('is refused at boot where there is nothing to announce events through', async () => {
    const booted = application({ enableEvents: true }, newClient(), []);
    await expect(booted).rejects.toThrow(
      'enableEvents: there is nothing to announce events through: import EventEmitterModule',
    );
    apps.length = 0;
  });
});

describe('without Nest', () => {
  it('the eventEmitter of the extension hears of deletions, along with those who subscribed to the client', async () => {
    const heard: SoftDeletedEvent[] = [];
    const eventEmitter = { emitSoftDeleted: (event: object) => void heard.push(event as SoftDeletedEvent) };
    const prisma = fixture.bareClient();
    createPrismaSoftDeleteExtension({ ...OPTIONS, eventEmitter })(prisma);
    const subscribed: unknown[] = [];
    const unsubscribe = SoftDeleteEvents.of(prisma).subscribe({ emitSoftDeleted: (event) => subscribed.push(event) });
    await prisma.user.delete({ where: { id: await newUser(prisma) } });
    expect(heard.map(({ model }) => model)).toEqual(['User', 'Post', 'Comment']);
    expect(subscribed).toEqual(heard);
    unsubscribe();
    await prisma.user.delete({ where: { id: await newUser(prisma, 'b@example.com') } });
    expect([heard.length, subscribed.length]).toEqual([6, 3]);
  });

  it('listeners that fail, or reject, keep nothing from the others', async () => {
    const prisma = newClient();
    const heard: unknown[] = [];
    const warned: string[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(String(warning)));
    const events = SoftDeleteEvents.of(prisma);
    events.subscribe({
      emitSoftDeleted: () => {
        throw new Error('thrown');
      },
    });
    events.subscribe({ emitSoftDeleted: () => Promise.reject(new Error('rejected')) as never });
    events.subscribe({ emitSoftDeleted: (event) => heard.push(event) });
    await prisma.user.delete({ where: { id: await newUser(prisma) } });
    await vi.waitFor(() => expect(warned.length).toBe(6));
    expect(heard).toHaveLength(3);
    expect(warned.join('\n')).toMatch(/thrown[^]*rejected/);
    warn.mockRestore();
  });
});
