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
import { randomUUID } from 'node:crypto';
import { AuditLogModule, type AuditActor, type AuditLogModuleOptions } from '../../src';

export interface TestRequest {
  readonly headers: Record<string, string | undefined>;
  readonly url?: string;
  user?: { id: string; ip?: string };
}

/** What a guard of the application does once it knows who asks. */
export const atTheGuard = { look: (): unknown => undefined };

/** Stands for the guards of an application: they know the tenant and who asks, and write themselves. */
@Injectable()
class HeaderGuard implements CanActivate {
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (execution.getType() !== 'http') return true;
    const request = execution.switchToHttp().getRequest<TestRequest>();
    amendContext({ tenantId: parseTenantId(request.headers['x-tenant-id'] ?? 'a') });
    const { 'x-user': user, 'x-proven': proven } = request.headers;
    await Promise.resolve();
    if (user !== undefined) request.user = { id: user };
    if (proven !== undefined) amendContext({ actor: { id: proven, type: 'user' } });
    await atTheGuard.look();
    return true;
  }
}

type Next = () => void;

/** Stands for what opens the context of a request ahead of all middleware, as `TenancyModule` does. */
function openContext(app: INestApplication): void {
  const open = (next: Next): void => runWithContext(createContext({ requestId: randomUUID() }), next);
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

/** The extractor of every README: the user that a guard has left on the request. */
export const byUser = (request: TestRequest): AuditActor => ({
  id: request.user?.id ?? null,
  type: request.user === undefined ? 'system' : 'user',
  ip: '10.0.0.1',
});

export type AuditAppOptions = Partial<Omit<AuditLogModuleOptions, 'prisma'>>;

/** An application whose changes are audited. */
export function auditApp(
  prisma: object,
  { imports, providers, ...metadata }: ModuleMetadata,
  options: AuditAppOptions = {},
): DynamicModule {
  @Module({})
  class AppModule {}
  return {
    module: AppModule,
    ...metadata,
    imports: [AuditLogModule.forRoot({ prisma, actorExtractor: byUser, ...options }), ...(imports ?? [])],
    providers: [{ provide: APP_GUARD, useClass: HeaderGuard }, ...(providers ?? [])],
  };
}

/** Serves it, where asked for with a context that somebody else has opened around each request. */
export const serve = (platform: Platform, module: DynamicModule, hasContext = false): Promise<ServedApp> =>
  serveOn(platform, module, { configure: hasContext ? openContext : () => undefined });

/** Posts to a path. */
export async function post(
  { url }: ServedApp,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers });
  const text = await response.text();
  return { status: response.status, body: /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text };
}
