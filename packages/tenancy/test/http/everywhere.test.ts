import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  type NestInterceptor,
  Param,
  type PipeTransform,
  Post,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD, BaseExceptionFilter, type ContextId, ContextIdFactory, type ContextIdStrategy } from '@nestjs/core';
import type { HostComponentInfo } from '@nestjs/core/injector/instance-wrapper';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { tap } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenancyContext } from '../../src';
import { ask, probeApp } from './tenancy-app';

/** What each place saw, in the order they ran. */
let seen: [place: string, tenantId: string | null][] = [];
const look = (place: string): void => void seen.push([place, TenancyContext.getCurrentTenantId()]);

@Injectable()
class EarlierGuard implements CanActivate {
  canActivate(): boolean {
    look('global guard before');
    return true;
  }
}

@Injectable()
class RouteGuard implements CanActivate {
  canActivate(): boolean {
    look('route guard');
    return true;
  }
}

@Injectable()
class LookingInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): ReturnType<CallHandler['handle']> {
    look('interceptor before');
    return next.handle().pipe(tap({ finalize: () => look('interceptor after') }));
  }
}

@Injectable()
class LookingPipe implements PipeTransform {
  transform(value: unknown): unknown {
    look('pipe');
    return value;
  }
}

@Catch(HttpException)
class LookingFilter extends BaseExceptionFilter {
  override catch(error: HttpException, host: ArgumentsHost): void {
    look('filter');
    super.catch(error, host);
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestProvider {
  constructor() {
    look('request-scoped constructor');
  }

  get tenantId(): string | null {
    return TenancyContext.getCurrentTenantId();
  }
}

/** Made once for each tenant. */
@Injectable({ scope: Scope.REQUEST, durable: true })
class DurableProvider {
  readonly tenantId = TenancyContext.getCurrentTenantId();
}

/** As Nest documents it: one sub-tree of durable providers for each tenant. */
class ByTenant implements ContextIdStrategy {
  readonly #trees = new Map<string, ContextId>();

  attach(contextId: ContextId): ReturnType<ContextIdStrategy['attach']> {
    const tenantId = TenancyContext.getCurrentTenantId() ?? 'none';
    const tree = this.#trees.get(tenantId) ?? ContextIdFactory.create();
    this.#trees.set(tenantId, tree);
    return (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId);
  }
}

@UseFilters(LookingFilter)
@UseGuards(RouteGuard)
@UseInterceptors(LookingInterceptor)
@Controller()
class EverywhereController {
  constructor(private readonly provider: RequestProvider) {}

  @Get('everywhere/:id')
  everywhere(@Param('id', LookingPipe) id: string): unknown {
    look('handler');
    if (id === 'fail') throw new HttpException('no', 418);
    return { tenantId: this.provider.tenantId };
  }
}

@Controller()
class DurableController {
  constructor(private readonly provider: DurableProvider) {}

  @Post('durable')
  durable(): unknown {
    return { tenantId: this.provider.tenantId };
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: ServedApp;
  beforeAll(async () => {
    const module = probeApp(
      { tenantExtractor: 'X-Tenant-Id' },
      {
        controllers: [EverywhereController, DurableController],
        providers: [RequestProvider, DurableProvider, { provide: APP_GUARD, useClass: EarlierGuard }],
      },
    );
    app = await serveOn(platform, module);
    ContextIdFactory.apply(new ByTenant());
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => app.close());

  const BEFORE = [
    'request-scoped constructor',
    'global guard before',
    'route guard',
    'interceptor before',
    'pipe',
    'handler',
  ];

  it('guards, pipes, interceptors and providers of a request all see its tenant', async () => {
    const answer = await ask(app.url, '/everywhere/1', { 'x-tenant-id': 'ACME' });
    expect(answer).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
    expect(seen).toEqual([...BEFORE, 'interceptor after'].map((place) => [place, 'acme']));
  });

  it('so do exception filters', async () => {
    expect(await ask(app.url, '/everywhere/fail', { 'x-tenant-id': 'acme' })).toMatchObject({ status: 418 });
    expect(seen).toEqual([...BEFORE, 'interceptor after', 'filter'].map((place) => [place, 'acme']));
  });

  it('durable providers are made for each tenant', async () => {
    for (const tenantId of ['acme', 'umbrella', 'acme']) {
      const response = await fetch(`${app.url}/durable`, { method: 'POST', headers: { 'x-tenant-id': tenantId } });
      expect(await response.json()).toEqual({ tenantId });
    }
  });

  it('a malformed id reaches none of them but the first guard, which sees no tenant', async () => {
    expect(await ask(app.url, '/everywhere/1', { 'x-tenant-id': 'a b' })).toMatchObject({ status: 400 });
    expect(seen).toEqual([
      ['request-scoped constructor', null],
      ['global guard before', null],
      ['filter', null],
    ]);
  });
});
