import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { BypassTenancy, CurrentTenant, TenancyModule, type TenancyModuleOptions, TenantOptional } from '../../src';

/** How often a handler was reached. */
export const reached = { count: 0 };

@Controller()
class ProbeController {
  @Get('mine')
  mine(@CurrentTenant() tenantId: string | null): unknown {
    reached.count += 1;
    return { tenantId };
  }

  @TenantOptional()
  @Get('optional')
  optional(@CurrentTenant() tenantId: string | null): unknown {
    return { tenantId };
  }

  @BypassTenancy()
  @Get('health')
  health(@CurrentTenant() tenantId: string | null): unknown {
    return { tenantId };
  }
}

/** A user as an authentication guard leaves it: whatever the header `X-User` says, for tests to be anybody. */
@Injectable()
export class HeaderUserGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    const user = request.headers['x-user'];
    if (user !== undefined) request.user = JSON.parse(user);
    return true;
  }
}

/**
 * Makes an application with a few routes.
 *
 * @param options - options of the module
 * @param metadata - more of the root module
 */
export function probeApp(options: TenancyModuleOptions, metadata: ModuleMetadata = {}): Type {
  @Module({
    imports: [EventEmitterModule.forRoot(), TenancyModule.forRoot(options), ...(metadata.imports ?? [])],
    controllers: [ProbeController, ...(metadata.controllers ?? [])],
    providers: [...(metadata.providers ?? [])],
  })
  class ProbeModule {}
  return ProbeModule;
}

/** What became of a request: status, and the body as far as it matters. */
export async function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(`${url}${path}`, { headers });
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = { text };
  }
  return { status: response.status, body: body as Record<string, unknown>, headers: response.headers };
}
