import 'reflect-metadata';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NestFactory } from '@nestjs/core';
import type { PrismaClient } from '../fixture/generated/client';
import { as, Ledger } from './fixture/ledger';
// #region host
import { TransactionHost } from '@nestarc/prisma';

/** Nothing is handed around: what is called inside of run(), through the plain client, is part of the transaction. */
export async function publish(prisma: PrismaClient, body: string, replies: string[]): Promise<number> {
  const host = TransactionHost.of(prisma);
  return host.run(async () => {
    const { id: parentId } = await prisma.note.create({ data: { body } });
    for (const reply of replies) {
      // A reply that is there already is left out; without the savepoint it would cost the whole transaction.
      await host.run('NESTED', () => prisma.note.create({ data: { body: reply, parentId } })).catch(ignoreDuplicate);
    }
    return parentId;
  });
}
// #endregion host

function ignoreDuplicate(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'P2002') throw error;
}

@Injectable()
class PrismaService {
  get client(): PrismaClient {
    return ledger.prisma;
  }
}

@Injectable()
class MailService {
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
}

// #region nest
import { RequestTransactionInterceptor, Transactional, TransactionModule } from '@nestarc/prisma/nest';
import { Injectable, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';

@Injectable()
export class NotesService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly transactions: TransactionHost,
    private readonly mail: MailService,
  ) {}

  @Transactional()
  async reply(parentId: number, body: string): Promise<number> {
    const { id } = await this.prisma.client.note.create({ data: { parentId, body } });
    this.transactions.afterCommit(() => this.mail.send(`reply ${id}`));
    return id;
  }

  @Transactional({ isolationLevel: 'Serializable', readOnly: true })
  async count(): Promise<number> {
    return this.prisma.client.note.count();
  }
}
// #endregion nest

@Module({ providers: [PrismaService], exports: [PrismaService] })
class PrismaModule {}

// #region module
@Module({
  imports: [
    TransactionModule.forRootAsync({
      imports: [PrismaModule],
      inject: [PrismaService],
      useFactory: ({ client }: PrismaService) => ({ client }),
    }),
    PrismaModule,
  ],
  providers: [
    NotesService,
    MailService,
    // Each HTTP request in a transaction; leave it out to have them only where a method says so.
    { provide: APP_INTERCEPTOR, useClass: RequestTransactionInterceptor },
  ],
})
export class AppModule {}
// #endregion module

let ledger: Ledger;
beforeAll(async () => {
  ledger = await Ledger.create(1);
});
beforeEach(() => ledger.clear());
afterAll(() => ledger.close());

it('publishes a note with those of its replies that are new', async () => {
  await as('a', () => publish(ledger.prisma, 'note', ['first', 'second']));
  await as('a', () => publish(ledger.prisma, 'another', ['second', 'third']));
  expect(await ledger.committed()).toEqual(['a:note', 'a:first', 'a:second', 'a:another', 'a:third']);
});

it('sends mail of what was committed, and of nothing else', async () => {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const [notes, mail] = [app.get(NotesService), app.get(MailService)];
  await as('a', async () => {
    const { id: parentId } = await ledger.write('parent');
    await expect(notes.reply(-1, 'orphan')).rejects.toMatchObject({ code: 'COMMIT_CONSTRAINT_VIOLATED' });
    expect(mail.sent).toEqual([]);
    const id = await notes.reply(parentId, 'reply');
    expect(mail.sent).toEqual([`reply ${id}`]);
    expect(await notes.count()).toBe(2);
  });
  await app.close();
});
