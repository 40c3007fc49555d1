import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { describe, expect, it } from 'vitest';
import { CurrentTenant, TenancyGuard, TenancyModule, userProof } from '../../src';
import { ask, HeaderUserGuard, probeApp } from './tenancy-app';

const user = (tenantId: unknown): Record<string, string> => ({ 'x-user': JSON.stringify({ id: 'u-1', tenantId }) });

@Injectable()
class LoginGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    if (request.headers['x-user'] === undefined) throw new UnauthorizedException('Who are you?');
    request.user = JSON.parse(request.headers['x-user']);
    return true;
  }
}

@Controller('orders')
class OrdersController {
  @UseGuards(LoginGuard, TenancyGuard)
  @Get('mine')
  mine(@CurrentTenant() tenantId: string | null): unknown {
    return { tenantId };
  }

  @Get('unguarded')
  unguarded(@CurrentTenant() tenantId: string | null): unknown {
    return { tenantId };
  }
}

/** A feature module of its own, which imports nothing of ours. */
@Module({ controllers: [OrdersController] })
class OrdersModule {}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a global guard of the root module that authenticates comes first', async () => {
    const providers = [{ provide: APP_GUARD, useClass: HeaderUserGuard }];
    await using app = await serveOn(platform, probeApp({ proof: userProof() }, { providers }));
    expect(await ask(app.url, '/mine', user('ACME'))).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
    expect(await ask(app.url, '/mine')).toMatchObject({ status: 401, body: { code: 'TENANT_UNVERIFIED' } });
    expect(await ask(app.url, '/mine', user(['acme']))).toMatchObject({ status: 401 });
    expect(await ask(app.url, '/mine', user(undefined))).toMatchObject({
      status: 403,
      body: { code: 'TENANT_REQUIRED' },
    });
  });

  it('a header that names another tenant than the user has is refused', async () => {
    const providers = [{ provide: APP_GUARD, useClass: HeaderUserGuard }];
    const options = { tenantExtractor: 'X-Tenant-Id', proof: userProof() };
    await using app = await serveOn(platform, probeApp(options, { providers }));
    const answer = await ask(app.url, '/mine', { 'x-tenant-id': 'umbrella', ...user('acme') });
    expect(answer).toMatchObject({ status: 403, body: { code: 'TENANT_FORBIDDEN' } });
    expect(JSON.stringify(answer.body)).not.toMatch(/acme|umbrella/);
  });

  it('a guard the application places itself comes after the guards it is placed behind', async () => {
    const options = { proof: userProof(), guard: 'manual' } as const;
    await using app = await serveOn(platform, probeApp(options, { imports: [OrdersModule] }));
    expect(await ask(app.url, '/orders/mine', user('acme'))).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
    expect(await ask(app.url, '/orders/mine')).toMatchObject({ status: 401, body: { message: 'Who are you?' } });
  });

  it('a handler without the guard has no tenant, whatever the request says', async () => {
    const options = { tenantExtractor: 'X-Tenant-Id', guard: 'manual' } as const;
    await using app = await serveOn(platform, probeApp(options, { imports: [OrdersModule] }));
    const answer = await ask(app.url, '/orders/unguarded', { 'x-tenant-id': 'acme' });
    expect(answer).toMatchObject({ status: 200, body: { tenantId: null } });
  });

  it('a header that middleware rewrites counts as it is rewritten', async () => {
    @Module({ imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })], controllers: [OrdersController] })
    class RewritingModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        const rewrite = (
          { headers }: { headers: Record<string, string> },
          _response: unknown,
          next: () => void,
        ): void => {
          if (headers['x-tenant-id'] === 'alias') headers['x-tenant-id'] = 'acme';
          if (headers['x-tenant-id'] === 'nobody') delete headers['x-tenant-id'];
          next();
        };
        consumer.apply(rewrite).forRoutes(OrdersController);
      }
    }
    await using app = await serveOn(platform, RewritingModule);
    const unguarded = (tenantId: string): ReturnType<typeof ask> =>
      ask(app.url, '/orders/unguarded', { 'x-tenant-id': tenantId });
    expect(await unguarded('alias')).toMatchObject({ status: 200, body: { tenantId: 'acme' } });
    expect(await unguarded('nobody')).toMatchObject({ status: 403 });
    expect(await unguarded('umbrella')).toMatchObject({ status: 200, body: { tenantId: 'umbrella' } });
  });
});
