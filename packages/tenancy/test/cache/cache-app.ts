import { amendContext, currentContext } from '@nestarc/core';
import { CacheKey, CacheModule, CacheTTL, CACHE_MANAGER } from '@nestjs/cache-manager';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  Header,
  Injectable,
  Module,
  Param,
  Post,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Readable } from 'node:stream';
import { from, type Observable } from 'rxjs';
import { BypassTenancy, TenancyModule } from '../../src';
import {
  CacheTags,
  type CacheStore,
  SharedTenantCache,
  TenantCacheInterceptor,
  TenantCacheModule,
  type TenantCacheModuleOptions,
  TenantWideCache,
} from '../../src/cache';

/** What a handler answers: for whom it ran, and how many had run before. */
export interface Answer {
  readonly tenant: string | null;
  readonly user: string | null;
  readonly run: number;
}

interface RequestOfTest {
  readonly headers: Record<string, string | undefined>;
  user?: { id: string };
}

/** Stands for an application's authentication: `Bearer jane` is Jane; a key is known by the actor of the context. */
@Injectable()
class UserGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<RequestOfTest>();
    const name = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
    if (name !== undefined) request.user = { id: name };
    const key = request.headers['x-api-key'];
    if (key?.startsWith('known-') === true) amendContext({ actor: { type: 'api-key', id: key } });
    return true;
  }
}

/** What the handlers share with the tests. */
export class Runs {
  static count = 0;
  static hold: Promise<void> | undefined;

  static answer(user?: string): Answer {
    Runs.count += 1;
    return { tenant: currentContext()?.tenantId ?? null, user: user ?? null, run: Runs.count };
  }
}

@UseInterceptors(TenantCacheInterceptor)
@CacheTags('all')
@Controller()
class CachedController {
  @Get('mine')
  mine(): Answer {
    return Runs.answer();
  }

  @TenantWideCache()
  @Get('wide')
  wide(): Answer {
    return Runs.answer();
  }

  @SharedTenantCache()
  @Get('shared')
  shared(): Answer {
    return Runs.answer();
  }

  @BypassTenancy()
  @Get('bypassed')
  bypassed(): Answer {
    return Runs.answer();
  }

  @BypassTenancy()
  @SharedTenantCache()
  @Get('bypassed-shared')
  bypassedShared(): Answer {
    return Runs.answer();
  }

  @CacheKey('posted')
  @Post('mine')
  post(): Answer {
    return Runs.answer();
  }

  @CacheTags('customers', (request: { params: { id: string } }) => `customer:${request.params.id}`)
  @Get('customers/:id')
  async customer(@Param('id') _id: string): Promise<Answer> {
    const answer = Runs.answer();
    await Runs.hold;
    return answer;
  }

  @CacheTags(() => '')
  @Get('broken-tags')
  brokenTags(): Answer {
    return Runs.answer();
  }

  @CacheTTL(50)
  @Get('short')
  short(): Answer {
    return Runs.answer();
  }

  @Header('content-type', 'text/plain')
  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([`run ${Runs.answer().run}`]));
  }

  @Get('refused')
  refused(@Res({ passthrough: true }) response: { status(code: number): unknown }): Answer {
    response.status(404);
    return Runs.answer();
  }

  @Sse('events')
  events(): Observable<{ data: Answer }> {
    return from([{ data: Runs.answer() }, { data: Runs.answer() }]);
  }
}

/** An application whose answers are cached, in memory or in a store of the test's. */
export function cachedApp(options: TenantCacheModuleOptions = {}, store?: CacheStore): DynamicModule {
  const ofTest = { provide: CACHE_MANAGER, useValue: store };
  @Module({ providers: [ofTest], exports: [ofTest] })
  class StoreModule {}
  class AppModule {}
  return {
    module: AppModule,
    imports: [
      TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
      TenantCacheModule.register({ ...options, imports: [store === undefined ? CacheModule.register() : StoreModule] }),
    ],
    controllers: [CachedController],
    providers: [{ provide: APP_GUARD, useClass: UserGuard }],
  };
}
