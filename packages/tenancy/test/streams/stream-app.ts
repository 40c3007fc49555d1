import {
  Controller,
  Get,
  type MessageEvent,
  Module,
  Post,
  Body,
  Req,
  Sse,
  StreamableFile,
  Inject,
} from '@nestjs/common';
import { bindContext } from '@nestarc/core';
import { type Platform, type ServedApp, serveOn } from '@nestarc/testing';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { concatMap, finalize, interval, map, type Observable, take } from 'rxjs';
import { TenancyContext, TenancyModule } from '../../src';
import type { PrismaClient } from '../fixture/generated/client';

const CLIENT = Symbol('client');

/** What a handler found when it asked, in the middle or at the end of a stream. */
export interface Found {
  readonly tenantId: string | null;
  readonly emails: readonly string[];
}

/** What went on behind the answers. */
export const behind = {
  /** Bytes that were uploaded. */
  bytes: 0,
  /** Tenants that streams ended as, in any way. */
  endedAs: [] as (string | null)[],
  /** Chunks made after their reader had gone. */
  chunks: 0,
};

const CHUNK_MS = 5;

@Controller()
class StreamController {
  constructor(@Inject(CLIENT) private readonly client: PrismaClient) {}

  @Post('json')
  async json(@Body('items') items: readonly string[]): Promise<unknown> {
    return { ...(await this.find()), items: items.length };
  }

  /** Reads the request itself, as upload libraries do, and asks when the last byte is there. */
  @Post('upload')
  async upload(@Req() request: IncomingMessage & { readonly raw?: IncomingMessage }): Promise<unknown> {
    const tenants = new Set<string | null>();
    const stream = request.raw ?? request;
    const bytes = await new Promise<number>((resolve, reject) => {
      let sum = 0;
      stream.on('data', (chunk: Buffer) => {
        sum += chunk.length;
        behind.bytes += chunk.length;
        tenants.add(TenancyContext.getCurrentTenantId());
      });
      stream.on('end', () => resolve(sum));
      stream.on('error', reject);
      stream.on('close', () => behind.endedAs.push(TenancyContext.getCurrentTenantId()));
    });
    return { ...(await this.find()), bytes, tenants: [...tenants] };
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(CHUNK_MS).pipe(
      take(3),
      concatMap(() => this.find()),
      map((found) => ({ data: found })),
      finalize(() => behind.endedAs.push(TenancyContext.getCurrentTenantId())),
    );
  }

  /** Never ends by itself. Nest learns from the socket that a client is gone, which many requests may have used. */
  @Sse('endless-events')
  endlessEvents(): Observable<MessageEvent> {
    return interval(CHUNK_MS).pipe(
      concatMap(() => this.find()),
      map((found) => ({ data: found })),
      finalize(bindContext(() => behind.endedAs.push(TenancyContext.getCurrentTenantId()))),
    );
  }

  @Get('download')
  download(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines(5)));
  }

  @Get('endless-download')
  endlessDownload(): StreamableFile {
    return new StreamableFile(Readable.from(this.lines(Infinity)));
  }

  private async *lines(count: number): AsyncGenerator<string> {
    try {
      for (let n = 0; n < count; n += 1) {
        behind.chunks += 1;
        yield `${JSON.stringify(await this.find())}\n`;
        await new Promise((resolve) => setTimeout(resolve, CHUNK_MS));
      }
    } finally {
      behind.endedAs.push(TenancyContext.getCurrentTenantId());
    }
  }

  private async find(): Promise<Found> {
    const rows = await this.client.customer.findMany({ orderBy: { email: 'asc' } });
    return { tenantId: TenancyContext.getCurrentTenantId(), emails: rows.map(({ email }) => email) };
  }
}

/** Serves the streams, taking bodies of up to 4 MB. */
export function serveStreams(platform: Platform, client: PrismaClient): Promise<ServedApp> {
  @Module({
    imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
    controllers: [StreamController],
    providers: [{ provide: CLIENT, useValue: client }],
  })
  class StreamModule {}
  const configure = (app: INestApplication): void => {
    const limit = 4 * 1024 * 1024;
    if (platform === 'express') {
      (app as NestExpressApplication).useBodyParser('json', { limit });
      return;
    }
    const fastify = app as NestFastifyApplication;
    fastify.useBodyParser('application/json', { bodyLimit: limit });
    // As upload libraries for Fastify do: the body is left alone, for the handler to read.
    fastify
      .getHttpAdapter()
      .getInstance()
      .addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  };
  return serveOn(platform, StreamModule, { configure });
}
