import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type Type,
} from '@nestjs/common';
import { type Platform, type ServedApp, serveOn } from '@nestarc/testing';
import { CurrentTenant, type TenancyModule } from '@nestarc/tenancy';
import { send } from '../extractors/requests';

/** What `TenancyModule.forRoot` and the decorators of a feature give. */
type Imported = ReturnType<typeof TenancyModule.forRoot> | Type;

/** How often the handler was reached. */
export const reached = { count: 0 };

@Controller()
class TenantController {
  @Get(['', 'orgs/:org', 'tenant'])
  tenant(@CurrentTenant() tenantId: string | null): unknown {
    reached.count += 1;
    return { tenantId };
  }
}

/** Serves a module that answers with the tenant of the request. */
export function serveTenant(platform: Platform, ...imports: Imported[]): Promise<ServedApp> {
  @Module({ imports, controllers: [TenantController] })
  class GuideModule {}
  return serveOn(platform, GuideModule);
}

/** Sends a GET request with any host: the tenant of the answer, or the code of the refusal. */
export async function tenantOf(
  { url }: ServedApp,
  headers: Record<string, string> = {},
  path = '/tenant',
): Promise<unknown> {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  const { status, body } = await send(url, [`GET ${path} HTTP/1.1`, ...lines].join('\r\n'));
  const start = body.indexOf('{');
  const answer = JSON.parse(body.slice(start, body.lastIndexOf('}') + 1)) as { tenantId?: string; code?: string };
  return status === 200 ? answer.tenantId : `${status} ${answer.code}`;
}

/** The users of the guide, by the session they show. */
export const SESSIONS = new Map<string, object>([
  ['alice', { id: 'alice', tenantId: 'acme', email: 'a1@a.example' }],
  ['mallory', { id: 'mallory', tenantId: 'umbrella', email: 'm@m.example' }],
  ['newcomer', { id: 'newcomer', email: 'n@n.example' }],
]);

/** Stands for an application's own authentication: whoever shows a session is its user. */
@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    request.user = SESSIONS.get(request.headers['x-session'] ?? '');
    return true;
  }
}
