import { NestarcExceptionFilter } from '@nestarc/core/nest';
import { PLATFORMS, type Platform, type ServedApp, serveOn } from '@nestarc/testing';
import { Controller, Get, type INestApplication, Module, Req } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenancyModule, type TenancyRequest, TenancyService, type TenantExtractor } from '../../src';
import { CookieTenantExtractor } from '../../src/extractors/cookie-tenant.extractor';
import { PathTenantExtractor } from '../../src/extractors/path-tenant.extractor';
import { SubdomainTenantExtractor } from '../../src/extractors/subdomain-tenant.extractor';
import { type Answer, send } from './requests';

const bySubdomain = new SubdomainTenantExtractor({ baseDomains: ['app.example.com', 'app.localhost'] });
const byPath = new PathTenantExtractor({ pattern: '/t/:tenant', paramName: 'tenant' });
const byCookie = new CookieTenantExtractor('tenant');

@Controller()
class ExtractionController {
  @Get('host')
  async host(@Req() request: TenancyRequest): Promise<unknown> {
    return tell(bySubdomain, request);
  }

  @Get('t/:tenant/customers')
  async path(@Req() request: TenancyRequest): Promise<unknown> {
    return tell(byPath, request);
  }

  @Get('cookie')
  async cookie(@Req() request: TenancyRequest): Promise<unknown> {
    return tell(byCookie, request);
  }
}

async function tell(extractor: TenantExtractor, request: TenancyRequest): Promise<unknown> {
  return { tenant: await extractor.extract(request) };
}

@Module({
  controllers: [ExtractionController],
  providers: [{ provide: APP_FILTER, useClass: NestarcExceptionFilter }],
})
class ExtractionModule {}

/** What was found, or the status of the refusal. */
const outcome = ({ status, body }: Answer): unknown =>
  status === 200 ? (JSON.parse(body) as { tenant: unknown }).tenant : status;

describe.each(PLATFORMS)('a request on %s', (platform) => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serveOn(platform, ExtractionModule);
  });
  afterAll(() => app.close());

  const ask = async (path: string, ...headers: string[]): Promise<unknown> =>
    outcome(await send(app.url, [`GET ${path} HTTP/1.1`, ...headers].join('\r\n')));

  it.each<[host: string, expected: unknown]>([
    ['acme.app.example.com', 'acme'],
    ['ACME.app.example.com.', 'acme'],
    ['acme.app.example.com:8443', 'acme'],
    ['acme.app.localhost:3000', 'acme'],
    ['xn--cme-5cd.app.example.com', 'xn--cme-5cd'],
    ['app.example.com', null],
    ['www.app.example.com', null],
    ['acme.attacker.example', 404],
    ['evil.acme.app.example.com', 404],
    ['127.0.0.1', 404],
    ['[::1]', 404],
    ['[::1]:3000', 404],
    ['[::1%acme.app.example.com]', 404],
    ['[::1', 404],
    ['\u00e0cme.app.example.com', 404],
    ['\u00d0\u00b0cme.app.example.com', 404], // Cyrillic а in UTF-8
    ['user@acme.app.example.com', 404],
    ['acme.app.example.com:evil', 404],
    ["x'); DROP TABLE customers;--.app.example.com", 404],
  ])('for the host %s finds %j', async (host, expected) => {
    expect(await ask('/host', `Host: ${host}`)).toBe(expected);
  });

  it('with two hosts is refused', async () => {
    expect(await ask('/host', 'Host: acme.app.example.com', 'Host: b.app.example.com')).toBe(400);
  });

  it('with NUL, CR or a megabyte in its host is refused by Node', async () => {
    expect(await ask('/host', 'Host: acme\0.app.example.com')).toBe(400);
    expect(await ask('/host', 'Host: acme\r.app.example.com')).toBe(400);
    expect(await ask('/host', `Host: ${'a'.repeat(1_000_000)}.app.example.com`)).toBe(431);
  });

  it('does not choose its host by X-Forwarded-Host, because no proxy is trusted', async () => {
    expect(await ask('/host', 'Host: acme.app.example.com', 'X-Forwarded-Host: b.app.example.com')).toBe('acme');
    expect(await ask('/host', 'Host: attacker.example', 'X-Forwarded-Host: b.app.example.com')).toBe(404);
    expect(await ask('/host', 'Host: acme.app.example.com', 'Forwarded: host=b.app.example.com')).toBe('acme');
  });

  it.each<[path: string, expected: unknown]>([
    ['/t/acme/customers', 'acme'],
    ['/t/acme/customers?tenant=evil', 'acme'],
    ['/T/acme/customers', platform === 'express' ? 'acme' : 404],
    ['/t/a%2Fb/customers', 'a/b'],
    ['/t/%ff/customers', 400],
    ['/t/%/customers', 400],
    ['http://evil.example/t/acme/customers', 'acme'],
    ['/t//customers', 404],
    ['/t/acme/../b/customers', 404],
  ])('for the path %s finds %j', async (path, expected) => {
    expect(await ask(path, 'Host: x')).toBe(expected);
  });

  it.each<[cookies: string[], expected: unknown]>([
    [['a=1; tenant=acme'], 'acme'],
    [['tenant="caf%C3%A9"'], 'caf\u00e9'],
    [['tenant=a; tenant=b'], 400],
    [['tenant=a', 'tenant=b'], 400],
    [['a=1', 'tenant=acme'], 'acme'],
    [['tenant=%ff'], 400],
    [[], null],
  ])('with the cookies %j finds %j', async (cookies, expected) => {
    expect(await ask('/cookie', 'Host: x', ...cookies.map((cookie) => `Cookie: ${cookie}`))).toBe(expected);
  });
});

describe.each(PLATFORMS)('a request behind a trusted proxy on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    app = await behindProxy(platform);
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  const ask = async (...headers: string[]): Promise<unknown> =>
    outcome(await send(url, ['GET /host HTTP/1.1', 'Host: internal:3000', ...headers].join('\r\n')));

  it('is for the host the proxy was asked for', async () => {
    expect(await ask('X-Forwarded-Host: acme.app.example.com')).toBe('acme');
    expect(await ask('X-Forwarded-Host: ACME.app.example.com.:443')).toBe('acme');
    expect(await ask('X-Forwarded-Host: attacker.example')).toBe(404);
  });

  it('is refused with several, of which the platforms take different ones', async () => {
    expect(await ask('X-Forwarded-Host: a.app.example.com, b.app.example.com')).toBe(400);
    expect(await ask('X-Forwarded-Host: a.app.example.com', 'X-Forwarded-Host: b.app.example.com')).toBe(400);
  });
});

async function behindProxy(platform: Platform): Promise<INestApplication> {
  const settings = { logger: false as const, forceCloseConnections: true };
  const app =
    platform === 'fastify'
      ? await NestFactory.create(ExtractionModule, new FastifyAdapter({ trustProxy: true }), settings)
      : await NestFactory.create<NestExpressApplication>(ExtractionModule, settings);
  if (platform === 'express') (app as NestExpressApplication).set('trust proxy', true);
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each(PLATFORMS)('an application by subdomains on %s', (platform) => {
  const reached: string[] = [];

  @Controller()
  class WorkController {
    constructor(private readonly tenancy: TenancyService) {}

    @Get()
    work(): string {
      const tenant = this.tenancy.getCurrentTenantOrThrow();
      reached.push(tenant);
      return tenant;
    }
  }

  @Module({ imports: [TenancyModule.forRoot({ tenantExtractor: bySubdomain })], controllers: [WorkController] })
  class WorkModule {}

  let app: ServedApp;
  beforeAll(async () => {
    app = await serveOn(platform, WorkModule);
  });
  beforeEach(() => {
    reached.length = 0;
  });
  afterAll(() => app.close());

  const ask = (host: string): Promise<Answer> => send(app.url, `GET / HTTP/1.1\r\nHost: ${host}`);

  it('works as the tenant of the host', async () => {
    expect(await ask('ACME.app.example.com.:80')).toMatchObject({ status: 200 });
    expect(reached).toEqual(['acme']);
  });

  it('does not work for hosts it does not know, and tells nothing about them', async () => {
    for (const host of [
      'acme.attacker.example',
      'evil.acme.app.example.com',
      '[::1]',
      '\u00d0\u00b0cme.app.example.com',
    ]) {
      const { status, body } = await ask(host);
      expect(status).toBe(404);
      expect(JSON.parse(body)).toEqual({ statusCode: 404, code: 'TENANT_HOST_UNKNOWN', message: 'Not Found' });
    }
    expect(await ask('app.example.com')).toMatchObject({ status: 403 });
    expect(await ask('a.app.example.com\r\nHost: b.app.example.com')).toMatchObject({ status: 400 });
    expect(reached).toEqual([]);
  });
});
