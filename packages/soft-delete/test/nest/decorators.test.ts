import { PLATFORMS, type ServedApp } from '@nestarc/testing';
import { Controller, Get, type MessageEvent, Sse } from '@nestjs/common';
import { lastValueFrom, finalize, interval, map, Observable, of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPrismaSoftDeleteExtension,
  OnlyDeleted,
  SkipSoftDelete,
  SoftDeleteContext,
  SoftDeleteFilterInterceptor,
  WithDeleted,
  WithDeletedRelations,
} from '../../src';
import { SoftDeleteFixture } from '../fixture/fixture';
import { ask, atTheGuard, serve, softDeleteApp } from './http-app';

/** What is in force where it is asked. */
const inForce = (): object => ({
  user: SoftDeleteContext.getFilterMode('User'),
  post: SoftDeleteContext.getFilterMode('Post'),
  skipsPost: SoftDeleteContext.isSkipped('Post'),
  skipsUser: SoftDeleteContext.isSkipped('User'),
  paths: SoftDeleteContext.getWithDeletedRelationPaths(),
});
const DEFAULT = { user: 'default', post: 'default', skipsPost: false, skipsUser: false, paths: [] };

const endings: object[] = [];

@Controller()
class PlainController {
  @Get('plain')
  plain(): unknown {
    return inForce();
  }

  @WithDeleted('post')
  @Get('with')
  async with(): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return inForce();
  }

  @OnlyDeleted('Post')
  @Get('only')
  only(): unknown {
    return inForce();
  }

  @OnlyDeleted('Post', 'User')
  @WithDeleted('Post')
  @Get('both')
  both(): unknown {
    return inForce();
  }

  @WithDeleted('*')
  @Get('all')
  all(): unknown {
    return inForce();
  }

  @SkipSoftDelete('Post')
  @Get('skip')
  skip(): unknown {
    return inForce();
  }

  @WithDeletedRelations('author', 'comments.author')
  @Get('relations')
  relations(): unknown {
    return inForce();
  }

  /** Never ends by itself. */
  @WithDeleted('Post')
  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(5).pipe(
      map(() => ({ data: inForce() })),
      finalize(() => endings.push(inForce())),
    );
  }
}

@OnlyDeleted('Post')
@SkipSoftDelete('User')
@WithDeletedRelations('author')
@Controller('trash')
class TrashController {
  @Get()
  list(): unknown {
    return inForce();
  }

  @WithDeleted('Post')
  @WithDeletedRelations('comments')
  @Get('all')
  all(): unknown {
    return inForce();
  }

  @WithDeleted('*')
  @Get('everything')
  everything(): unknown {
    return inForce();
  }
}

let fixture: SoftDeleteFixture;
beforeAll(async () => {
  fixture = await SoftDeleteFixture.create({ tenancy: false });
});
afterAll(() => fixture.close());

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: ServedApp;
  beforeAll(async () => {
    const extension = createPrismaSoftDeleteExtension({ softDeleteModels: ['User', 'Post', 'Comment'] });
    const client = fixture.bareClient().$extends(extension);
    app = await serve(platform, softDeleteApp(client, { controllers: [PlainController, TrashController] }));
  });
  beforeEach(() => {
    endings.length = 0;
    atTheGuard.look = inForce;
  });
  afterAll(() => app.close());

  it.each([
    ['plain', {}],
    ['with', { post: 'withDeleted' }],
    ['only', { post: 'onlyDeleted' }],
    ['both', { post: 'withDeleted', user: 'onlyDeleted' }],
    ['all', { post: 'withDeleted', user: 'withDeleted' }],
    ['skip', { skipsPost: true }],
    ['relations', { paths: ['author', 'comments.author'] }],
  ])('/%s sees other rows of the models it names, and of no others', async (path, changed) => {
    expect(await ask(app, `/${path}`)).toEqual({ ...DEFAULT, ...changed });
    expect(atTheGuard.found).toEqual(DEFAULT);
  });

  it('what the class says counts for its handlers, and the handler has the last word about a model', async () => {
    const ofClass = { ...DEFAULT, post: 'onlyDeleted', skipsUser: true, paths: ['author'] };
    expect(await ask(app, '/trash')).toEqual(ofClass);
    const ofHandler = { ...ofClass, post: 'withDeleted', paths: ['author', 'comments'] };
    expect(await ask(app, '/trash/all')).toEqual(ofHandler);
    expect(await ask(app, '/trash/everything')).toEqual({ ...ofClass, post: 'withDeleted', user: 'withDeleted' });
  });

  it('what one request sees is nothing to the requests beside it', async () => {
    const paths = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? '/with' : '/plain'));
    const answers = await Promise.all(paths.map((path) => ask(app, path)));
    const expected = paths.map((path) => (path === '/with' ? { ...DEFAULT, post: 'withDeleted' } : DEFAULT));
    expect(answers).toEqual(expected);
  });

  it('a stream of events sees what its handler does, and ends when its client is gone', async () => {
    const abort = new AbortController();
    const response = await fetch(`${app.url}/events`, { signal: abort.signal });
    const seen = JSON.stringify({ ...DEFAULT, post: 'withDeleted' });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('data:')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain(seen);
    expect(endings).toEqual([]);
    abort.abort();
    await vi.waitFor(() => expect(endings).toHaveLength(1));
  });
});

describe('SoftDeleteFilterInterceptor', () => {
  const interceptor = new SoftDeleteFilterInterceptor();
  const executionOf = (name: keyof PlainController): never => {
    const handler: unknown = PlainController.prototype[name];
    return { getType: () => 'http', getClass: () => PlainController, getHandler: () => handler } as never;
  };

  it('leaves a handler without decorators alone', () => {
    const handled = of('handled');
    expect(interceptor.intercept(executionOf('plain'), { handle: () => handled })).toBe(handled);
  });

  it('gives up the inner subscription with the outer one', () => {
    let isTornDown = false;
    const endless = new Observable(() => () => (isTornDown = true));
    const subscription = interceptor.intercept(executionOf('with'), { handle: () => endless }).subscribe();
    expect(isTornDown).toBe(false);
    subscription.unsubscribe();
    expect(isTornDown).toBe(true);
  });

  it('puts what the decorators say into force where the handler is called, and where its values come from', async () => {
    const made: unknown[] = [];
    const handle = (): Observable<unknown> => {
      made.push(SoftDeleteContext.getFilterMode('Post'));
      return new Observable((subscriber) => {
        setTimeout(() => {
          subscriber.next(SoftDeleteContext.getFilterMode('Post'));
          subscriber.complete();
        }, 1);
      });
    };
    expect(await lastValueFrom(interceptor.intercept(executionOf('with'), { handle }))).toBe('withDeleted');
    expect(made).toEqual(['withDeleted']);
    expect(SoftDeleteContext.getFilterMode('Post')).toBe('default');
  });
});
