import { currentContext } from '@nestarc/core';
import { Controller, Get, type MiddlewareConsumer, Module, type NestModule, type Type } from '@nestjs/common';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { describe, expect, it } from 'vitest';
import {
  BypassTenancy,
  TenancyModule,
  type TenancyModuleOptions,
  type TenancyRequest,
  TenantOptional,
  type TenantProof,
} from '../../src';
import { ask } from './tenancy-app';

type Headers = Record<string, string | undefined>;

const who = (): unknown => {
  const { tenantId, actor } = currentContext() ?? {};
  return { tenantId: tenantId ?? null, actor: actor?.id ?? null };
};

@Controller()
class WhoController {
  @Get('who')
  who(): unknown {
    return who();
  }

  @TenantOptional()
  @Get('maybe')
  maybe(): unknown {
    return who();
  }

  @BypassTenancy()
  @Get('health')
  health(): unknown {
    return who();
  }
}

/** Takes `Authorization: token <tenant> <user>` for evidence. */
const tokenProof: TenantProof = {
  needs: 'request',
  prove({ headers }: TenancyRequest) {
    const [, tenantId, id] = String(headers['authorization'] ?? '').split(' ');
    if (tenantId === undefined) return undefined;
    return { tenantId, actor: id === undefined ? undefined : { type: 'user', id } };
  },
};

/** An application with middleware behind ours that rewrites headers. */
function rewriting(options: TenancyModuleOptions, rewrite: (headers: Headers) => void): Type {
  @Module({ imports: [TenancyModule.forRoot(options)], controllers: [WhoController] })
  class RewritingModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      const middleware = ({ headers }: { headers: Headers }, _response: unknown, next: () => void): void => {
        rewrite(headers);
        next();
      };
      consumer.apply(middleware).forRoutes(WhoController);
    }
  }
  return RewritingModule;
}

const BY_ANN = { 'x-tenant-id': 'acme', authorization: 'token acme ann' };

describe.each(PLATFORMS)('what is resolved ahead of the router on %s', (platform) => {
  it('does not outlive evidence that middleware takes away', async () => {
    const revoke = (headers: Headers): void => void delete headers['authorization'];
    const options = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };
    await using app = await serveOn(platform, rewriting(options, revoke));
    expect(await ask(app.url, '/who', BY_ANN)).toMatchObject({ status: 401 });
    expect(await ask(app.url, '/maybe', BY_ANN)).toMatchObject({ status: 401 });
    expect(await ask(app.url, '/health', BY_ANN)).toMatchObject({ body: { tenantId: null } });
  });

  it('gives way to evidence that middleware puts in its place', async () => {
    const impersonate = (headers: Headers): void => void (headers['authorization'] = 'token umbrella bob');
    await using app = await serveOn(platform, rewriting({ proof: tokenProof }, impersonate));
    expect(await ask(app.url, '/who', BY_ANN)).toMatchObject({ body: { tenantId: 'umbrella', actor: 'bob' } });
  });

  it('leaves no actor behind', async () => {
    const anonymise = (headers: Headers): void => void (headers['authorization'] = 'token umbrella');
    const forget = (headers: Headers): void => {
      delete headers['authorization'];
      delete headers['x-tenant-id'];
    };
    await using other = await serveOn(platform, rewriting({ proof: tokenProof }, anonymise));
    expect(await ask(other.url, '/who', BY_ANN)).toMatchObject({ body: { tenantId: 'umbrella', actor: null } });
    const options = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };
    await using none = await serveOn(platform, rewriting(options, forget));
    expect(await ask(none.url, '/maybe', BY_ANN)).toMatchObject({ status: 200, body: { tenantId: null, actor: null } });
  });

  it('keeps no route waiting that needs no tenant', async () => {
    const proof: TenantProof = { needs: 'request', prove: () => new Promise<never>(() => undefined) };
    const options = { tenantExtractor: 'X-Tenant-Id', proof, timeoutMs: 60_000 };
    await using app = await serveOn(
      platform,
      rewriting(options, () => undefined),
    );
    const started = performance.now();
    expect(await ask(app.url, '/health', BY_ANN)).toMatchObject({ status: 200 });
    expect(await ask(app.url, '/nowhere', BY_ANN)).toMatchObject({ status: 404 });
    // Of the 60 seconds that the proof may take.
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('that comes late is not put into a request that is under way', async () => {
    const slowly: TenantProof = {
      needs: 'request',
      prove: () => new Promise((resolve) => setTimeout(() => resolve({ tenantId: 'acme' }), 400)),
    };
    await using app = await serveOn(
      platform,
      rewriting({ proof: slowly }, () => undefined),
    );
    const answers = await Promise.all(['/health', '/who'].map((path) => ask(app.url, path)));
    expect(answers).toMatchObject([{ body: { tenantId: null } }, { body: { tenantId: 'acme' } }]);
  });
});
