import { Injectable, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SoftDeleteModule } from '../../src';
import { type Guide, openGuide, seedUser } from './guide-fixture';
// #region listener
import { OnEvent } from '@nestjs/event-emitter';
import { SoftDeletedEvent } from '@nestarc/soft-delete';

@Injectable()
export class SearchIndex {
  readonly removed: string[] = [];

  /** One event for each model that a deletion took rows of; the deletion is what they have in common. */
  @OnEvent(SoftDeletedEvent.EVENT_NAME)
  remove({ model, deletionId, count, actorId }: SoftDeletedEvent) {
    this.removed.push(`${count} ${model} by ${actorId} in ${deletionId}`);
  }
}
// #endregion listener

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide();
});
afterAll(() => guide.fixture.close());

it('a listener hears of each model once, with the actor, after the commit', async () => {
  const { prisma, fixture } = guide;
  @Module({ providers: [{ provide: 'PRISMA', useFactory: () => prisma }] })
  class PrismaModule {}
  const events = [
    // #region events
    EventEmitterModule.forRoot(),
    SoftDeleteModule.forRoot({
      prismaServiceToken: 'PRISMA',
      enableEvents: true,
      actorExtractor: ({ user }) => user?.id,
    }),
    // #endregion events
  ];
  const imports = [PrismaModule, ...events];
  const app = await Test.createTestingModule({ imports, providers: [SearchIndex] }).compile();
  await app.init();
  const id = await seedUser(prisma);
  const { deletionId } = await fixture.as('acme', () => prisma.user.delete({ where: { id } }));
  const by = `by user-of-acme in ${deletionId}`;
  expect(app.get(SearchIndex).removed).toEqual([`1 User ${by}`, `2 Post ${by}`, `4 Comment ${by}`]);
  await app.close();
});
