import { TenancyModule, type TenancyModuleOptions } from '@nestarc/tenancy';
import { jwtProof } from '@nestarc/tenancy/jwt';
import { Controller, type DynamicModule, Get, Module, type ModuleMetadata, type NestModule } from '@nestjs/common';
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';

/** What is compared: the same route in applications that know no tenants, and in two that do. */
export const CONTENDERS = ['bare', 'empty', 'header', 'token'] as const;

/** One of what is compared. */
export type Contender = (typeof CONTENDERS)[number];

/** What each is, for people. */
export const DESCRIPTIONS: Readonly<Record<Contender, string>> = {
  bare: 'NestJS alone',
  empty: 'an AsyncLocalStorage, and a guard that does nothing',
  header: 'tenancy, a header believed',
  token: 'tenancy, a header proven by a signed token (HS256)',
};

const SECRET = 'a secret of the bench, which is at least 32 bytes long';
const ISSUER = 'https://id.example.com';
const AUDIENCE = 'bench';
const TENANT = 'acme';

const OPTIONS: Readonly<Record<'header' | 'token', TenancyModuleOptions>> = {
  header: { tenantExtractor: 'X-Tenant-Id' },
  token: {
    tenantExtractor: 'X-Tenant-Id',
    proof: jwtProof({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE }),
  },
};

@Controller()
class ProbeController {
  @Get('probe')
  probe(): { readonly ok: true } {
    return { ok: true };
  }
}

@Module({})
class ProbeModule {}

/** What no package that keeps a context of its own and asks at every route can do without. */
@Module({ providers: [{ provide: APP_GUARD, useValue: { canActivate: () => true } }] })
class EmptyModule implements NestModule {
  readonly #storage = new AsyncLocalStorage<object>();

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  configure(): void {
    const adapter = this.adapterHost.httpAdapter;
    const run = (_request: unknown, _response: unknown, next: () => void): void => this.#storage.run({}, next);
    if (adapter.getType() === 'express') adapter.use(run);
    else adapter.getInstance<FastifyInstance>().addHook('onRequest', run);
  }
}

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: unknown, reply: unknown, next: () => void) => void): void;
}

const MODULES: Readonly<Record<Contender, readonly NonNullable<ModuleMetadata['imports']>[number][]>> = {
  bare: [],
  empty: [EmptyModule],
  header: [TenancyModule.forRoot(OPTIONS.header)],
  token: [TenancyModule.forRoot(OPTIONS.token)],
};

/**
 * Makes the root module of a contender.
 *
 * @param contender - which
 */
export function moduleOf(contender: Contender): DynamicModule {
  return { module: ProbeModule, controllers: [ProbeController], imports: [...MODULES[contender]] };
}

/** What every request sends, to each contender the same: headers that nobody reads have to be parsed, too. */
export function requestHeaders(): Record<string, string> {
  return { 'x-tenant-id': TENANT, authorization: `Bearer ${signedToken()}` };
}

function signedToken(): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 24 * 60 * 60;
  const claims = { sub: 'u-1', tenant_id: TENANT, iss: ISSUER, aud: AUDIENCE, exp };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}
