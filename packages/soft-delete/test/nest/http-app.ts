import { amendContext, createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { type Platform, type ServedApp, serveOn } from '@nestarc/testing';
import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  type INestApplication,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SoftDeleteModule, type SoftDeleteModuleOptions } from '../../src';

/** The token that the client of the test is provided under, in a module of its own. */
export const PRISMA = Symbol('prisma');

/** What a guard of the application does with a request. */
export const atTheGuard = { look: (): unknown => undefined, found: undefined as unknown };

/** Stands for the guards of an application: they know the tenant and who asks, and look things up themselves. */
@Injectable()
class HeaderGuard implements CanActivate {
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    const { 'x-tenant-id': tenant, 'x-actor': actor, 'x-user': user } = request.headers;
    amendContext({
      ...(tenant === undefined ? {} : { tenantId: parseTenantId(tenant) }),
      ...(actor === undefined ? {} : { actor: { id: actor, type: 'user' } }),
    });
    if (user !== undefined) request.user = JSON.parse(user) as unknown;
    atTheGuard.found = await atTheGuard.look();
    return true;
  }
}

type Next = () => void;

/** Stands for what opens the context of a request, as `TenancyModule` does. */
function openContext(app: INestApplication): void {
  const open = (next: Next): void => runWithContext(createContext(), next);
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify') {
    const fastify = adapter.getInstance() as {
      addHook(name: string, hook: (q: object, s: object, n: Next) => void): void;
    };
    fastify.addHook('onRequest', (_request, _reply, next) => open(next));
  } else {
    (adapter as unknown as { use(hook: (q: object, s: object, n: Next) => void): void }).use((_q, _s, next) =>
      open(next),
    );
  }
}

/** An application on a client that another module provides, and does not export. */
export function softDeleteApp(
  client: unknown,
  { imports, providers, ...metadata }: ModuleMetadata,
  options: Partial<SoftDeleteModuleOptions> = {},
): DynamicModule {
  @Module({ providers: [{ provide: PRISMA, useFactory: () => client }] })
  class PrismaModule {}
  @Module({})
  class AppModule {}
  return {
    module: AppModule,
    ...metadata,
    imports: [PrismaModule, SoftDeleteModule.forRoot({ prismaServiceToken: PRISMA, ...options }), ...(imports ?? [])],
    providers: [{ provide: APP_GUARD, useClass: HeaderGuard }, ...(providers ?? [])],
  };
}

/** Serves it, with a context around each request. */
export const serve = (platform: Platform, module: DynamicModule): Promise<ServedApp> =>
  serveOn(platform, module, { configure: openContext });

/** Asks for a path: the JSON of the answer. */
export async function ask(
  { url }: ServedApp,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { method, headers });
  return response.json();
}
