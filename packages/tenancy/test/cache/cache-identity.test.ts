import { CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Headers, Module, type Provider, type Type, UseInterceptors } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PLATFORMS, serveOn, type ServedApp } from '@nestarc/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { TenancyModule, type TenancyModuleOptions, type TenantProof, userProof } from '../../src';
import {
  SharedTenantCache,
  TenantCacheInterceptor,
  TenantCacheModule,
  type TenantCacheModuleOptions,
  TenantWideCache,
} from '../../src/cache';
import { jwtProof, type JwtProofOptions } from '../../src/jwt';
import { ask, HeaderUserGuard } from '../http/tenancy-app';
import { claims, expected, hmac, hs256, SECRET, tokenOf } from '../jwt/tokens';

/** What was answered to whom: `X-Me` names the client that asked for what is now in the cache. */
interface Answer {
  readonly to: string;
}

@UseInterceptors(TenantCacheInterceptor)
@Controller()
class MineController {
  @Get('mine')
  mine(@Headers('x-me') to: string): Answer {
    return { to };
  }

  @TenantWideCache()
  @Get('wide')
  wide(@Headers('x-me') to: string): Answer {
    return { to };
  }

  @SharedTenantCache()
  @Get('shared')
  shared(@Headers('x-me') to: string): Answer {
    return { to };
  }
}

const cachedApp = (
  options: TenancyModuleOptions,
  cache: TenantCacheModuleOptions = {},
  providers: Provider[] = [{ provide: APP_GUARD, useClass: HeaderUserGuard }],
): Type => {
  @Module({
    imports: [
      TenancyModule.forRoot(options),
      TenantCacheModule.register({ ...cache, imports: [CacheModule.register()] }),
    ],
    controllers: [MineController],
    providers,
  })
  class AppModule {}
  return AppModule;
};

const OTHER_SECRET = Buffer.alloc(64, 'other');
const bearer = (more: object, secret: Uint8Array = SECRET): Record<string, string> => {
  const token = secret === SECRET ? hs256(claims(more)) : tokenOf({ alg: 'HS256' }, claims(more), hmac(secret));
  return { authorization: `Bearer ${token}` };
};
const user = (of: object): Record<string, string> => ({ 'x-user': JSON.stringify(of) });

describe.each(PLATFORMS)('a cached answer, on %s,', (platform) => {
  let app: ServedApp;
  afterEach(() => app.close());
  const get = async (me: string, headers: Record<string, string>, path = '/mine'): Promise<unknown[]> => {
    const answer = await ask(app.url, path, { 'x-tenant-id': 'acme', ...headers, 'x-me': me });
    expect(answer.status).toBe(200);
    return [answer.headers.get('x-cache'), answer.body['to']];
  };
  /** Ann and Bob are two people of one tenant. */
  const expectApart = async (ann: Record<string, string>, bob: Record<string, string>): Promise<void> => {
    expect(await get('ann', ann)).toEqual(['MISS', 'ann']);
    expect(await get('bob', bob)).toEqual(['MISS', 'bob']);
    expect(await get('ann again', ann)).toEqual(['HIT', 'ann']);
    expect(await get('bob again', bob)).toEqual(['HIT', 'bob']);
  };
  const expectUncached = async (...all: Record<string, string>[]): Promise<void> => {
    for (const headers of [...all, ...all]) {
      expect(await get(String(all.indexOf(headers)), headers)).toEqual([null, String(all.indexOf(headers))]);
    }
  };

  const { audience } = expected;
  it.each<[string, JwtProofOptions]>([
    ['one of several', { secret: SECRET, issuer: ['one', 'two'], audience }],
    ['any', { secret: SECRET, dangerouslyAllowAnyIssuer: true, audience }],
  ])('is not given to the same subject of another issuer, where %s is accepted', async (_which, options) => {
    app = await serveOn(platform, cachedApp({ proof: jwtProof(options) }));
    await expectApart(bearer({ iss: 'one', sub: '1' }), bearer({ iss: 'two', sub: '1' }));
  });

  it('is not given to the same subject of another proof, whose actors are of another type', async () => {
    const token = (name: string): JwtProofOptions['token'] => {
      return ({ headers }) => (headers['x-idp'] === name ? String(headers['authorization']).slice(7) : undefined);
    };
    const proof = [
      jwtProof({ secret: SECRET, issuer: 'one', audience, token: token('one') }),
      jwtProof({ secret: OTHER_SECRET, issuer: 'two', audience, token: token('two'), actorType: 'staff' }),
    ];
    app = await serveOn(platform, cachedApp({ proof }));
    await expectApart(
      { ...bearer({ iss: 'one', sub: '1' }), 'x-idp': 'one' },
      { ...bearer({ iss: 'two', sub: '1' }, OTHER_SECRET), 'x-idp': 'two' },
    );
  });

  const session: TenantProof = {
    needs: 'request',
    prove: ({ headers }) => ({ tenantId: 'acme', principal: { id: headers['x-session'] } }),
  };

  it('is not kept where a proof does not tell who acts, also not for the user of a guard', async () => {
    app = await serveOn(platform, cachedApp({ proof: session }));
    await expectUncached({ 'x-session': 'ann' }, { 'x-session': 'bob' });
    const gate = user({ id: 'gate' });
    await expectUncached({ 'x-session': 'ann', ...gate }, { 'x-session': 'bob', ...gate });
  });

  it('is kept where the option tells instead, and where everybody may have it', async () => {
    const principal = ({ headers }: { headers: Record<string, unknown> }): string => String(headers['x-session']);
    app = await serveOn(platform, cachedApp({ proof: session }, { principal }));
    await expectApart({ 'x-session': 'ann' }, { 'x-session': 'bob' });
    await app.close();
    app = await serveOn(platform, cachedApp({ proof: session }));
    for (const path of ['/wide', '/shared']) {
      expect(await get('ann', { 'x-session': 'ann' }, path)).toEqual(['MISS', 'ann']);
      expect(await get('bob', { 'x-session': 'bob' }, path)).toEqual(['HIT', 'ann']);
    }
  });

  it('is not kept for users without an id', async () => {
    app = await serveOn(platform, cachedApp({ proof: userProof() }));
    await expectUncached(user({ tenantId: 'acme', name: 'ann' }), user({ tenantId: 'acme', name: 'bob' }));
  });

  it('is not kept for users without an id elsewhere on the request', async () => {
    class AccountGuard {
      canActivate(execution: {
        switchToHttp(): { getRequest(): { headers: Record<string, string>; account?: unknown } };
      }) {
        const request = execution.switchToHttp().getRequest();
        request.account = { tenantId: 'acme', name: request.headers['x-login'] };
        return true;
      }
    }
    const guard = { provide: APP_GUARD, useClass: AccountGuard };
    app = await serveOn(platform, cachedApp({ proof: userProof({ property: 'account' }) }, {}, [guard]));
    await expectUncached({ 'x-login': 'ann' }, { 'x-login': 'bob' });
    await app.close();
    const crossCheck = { extractor: userProof({ property: 'account' }) };
    app = await serveOn(platform, cachedApp({ tenantExtractor: 'X-Tenant-Id', crossCheck }, {}, [guard]));
    await expectUncached({ 'x-login': 'ann' }, { 'x-login': 'bob' });
  });

  it('is kept for each user whose membership was asked for', async () => {
    const membership = { isMember: () => true };
    app = await serveOn(platform, cachedApp({ tenantExtractor: 'X-Tenant-Id', membership }));
    await expectApart(user({ id: 1 }), user({ id: 2 }));
    await expectUncached(user({ name: 'ann' }), user({ name: 'bob' }));
  });

  it('for somebody who acts as somebody else is given to neither, nor for a third', async () => {
    app = await serveOn(platform, cachedApp({ proof: jwtProof({ secret: SECRET, issuer: 'one', audience }) }));
    const admin = bearer({ iss: 'one', sub: 'admin' });
    await expectApart({ ...admin, ...user({ id: 'ann' }) }, { ...admin, ...user({ id: 'bob' }) });
    expect(await get('admin', admin)).toEqual(['MISS', 'admin']);
    const ann = bearer({ iss: 'one', sub: 'ann' });
    expect(await get('ann herself', ann)).toEqual(['MISS', 'ann herself']);
    expect(await get('ann herself', { ...ann, ...user({ sub: 'ann' }) })).toEqual(['MISS', 'ann herself']);
    await expectUncached({ ...admin, ...user({ name: 'ann' }) }, { ...admin, ...user({ name: 'bob' }) });
  });
});
