import { CacheKey, CacheModule } from '@nestjs/cache-manager';
import {
  Controller,
  Get,
  HostParam,
  Module,
  type Type,
  UseInterceptors,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { PLATFORMS, serveOn, type ServedApp } from '@nestarc/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TenancyModule } from '../../src';
import { TenantCacheInterceptor, TenantCacheModule } from '../../src/cache';
import { send } from '../extractors/requests';

@UseInterceptors(TenantCacheInterceptor)
@Controller('things')
class ThingsController {
  @Version('1')
  @Get()
  one(): string {
    return 'things 1';
  }

  @Version(['2', '3'])
  @Get()
  two(): string {
    return 'things 2';
  }

  @Version(VERSION_NEUTRAL)
  @Get()
  other(): string {
    return 'things of any version';
  }

  @Version(VERSION_NEUTRAL)
  @Get('small')
  small(): string {
    return 'small things';
  }

  @Version(VERSION_NEUTRAL)
  @Get('large')
  large(): string {
    return 'large things';
  }

  @CacheKey('chosen')
  @Version('1')
  @Get('chosen')
  chosen(): string {
    return 'chosen 1';
  }

  @CacheKey('chosen')
  @Version('2')
  @Get('chosen')
  chosenToo(): string {
    return 'chosen 2';
  }
}

/** Classes with one name, as those of two files, or of a bundle that was made small. */
function namesake(version: string): Type {
  @UseInterceptors(TenantCacheInterceptor)
  @Controller({ path: 'same', version })
  class SameController {
    @Get()
    list(): string {
      return `same ${version}`;
    }
  }
  return SameController;
}

function ofHost(host: string): Type {
  @UseInterceptors(TenantCacheInterceptor)
  @Controller({ path: 'hosts', host, version: VERSION_NEUTRAL })
  class HostController {
    @Get()
    list(@HostParam('shop') shop: string | undefined): string {
      return `${host} ${shop ?? ''}`;
    }
  }
  return HostController;
}

@UseInterceptors(TenantCacheInterceptor)
@Controller({ path: 'hosts', version: VERSION_NEUTRAL })
class PublicController {
  @Get()
  list(): string {
    return 'every host';
  }
}

/** On Fastify several controllers of one path have to be of different versions. */
const OF_HOSTS = {
  express: [ofHost('admin.example.com'), ofHost(':shop.example.com'), PublicController],
  fastify: [ofHost(':shop.example.com')],
};

describe.each(PLATFORMS)('a cached answer of one URL, on %s,', (platform) => {
  @Module({
    imports: [
      TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
      TenantCacheModule.register({ imports: [CacheModule.register()] }),
    ],
    controllers: [ThingsController, namesake('1'), namesake('2'), ...OF_HOSTS[platform]],
  })
  class RoutesModule {}

  let app: ServedApp;
  beforeEach(async () => {
    app = await serveOn(platform, RoutesModule, {
      configure: (made) => void made.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
    });
  });
  afterEach(() => app.close());
  const get = async (path: string, version: string, host = 'x'): Promise<string> => {
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'X-Tenant-Id: acme'];
    const { status, body } = await send(
      app.url,
      [...lines, ...(version === '' ? [] : [`X-Version: ${version}`])].join('\r\n'),
    );
    expect(status).toBe(200);
    return body;
  };

  it('is that of the version that was asked for', async () => {
    for (const _time of ['first', 'second']) {
      expect(await get('/things', '1')).toBe('things 1');
      expect(await get('/things', '2')).toBe('things 2');
      expect(await get('/things', '3')).toBe('things 2');
      expect(await get('/things', '')).toBe('things of any version');
      expect(await get('/same', '1')).toBe('same 1');
      expect(await get('/same', '2')).toBe('same 2');
    }
  });

  it('is that of the parameters of the host that was asked', async () => {
    for (const _time of ['first', 'second']) {
      expect(await get('/hosts', '', 'one.example.com')).toBe(':shop.example.com one');
      expect(await get('/hosts', '', 'two.example.com')).toBe(':shop.example.com two');
    }
  });

  const byController = async (): Promise<void> => {
    for (const _time of ['first', 'second']) {
      expect(await get('/hosts', '', 'elsewhere.example')).toBe('every host');
      expect(await get('/hosts', '', 'admin.example.com')).toBe('admin.example.com ');
      expect(await get('/hosts', '', 'one.example.com')).toBe(':shop.example.com one');
      expect(await get('/hosts', '', 'other.example')).toBe('every host');
    }
  };
  if (platform === 'express') it('is that of the controller that is for the host', byController);

  it('is shared by handlers that say so with @CacheKey()', async () => {
    expect(await get('/things/chosen', '1')).toBe('chosen 1');
    expect(await get('/things/chosen', '2')).toBe('chosen 1');
  });
});

it('a cached answer is that of the handler that a middleware has chosen', async () => {
  @Module({
    imports: [
      TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
      TenantCacheModule.register({ imports: [CacheModule.register()] }),
    ],
    controllers: [ThingsController],
  })
  class RewrittenModule {}
  await using app = await serveOn('express', RewrittenModule, {
    configure: (made) =>
      void made.use(
        (request: { url: string; headers: Record<string, string> }, _response: unknown, next: () => void) => {
          request.url = `/things/${request.headers['x-size']}`;
          next();
        },
      ),
  });
  const get = async (size: string): Promise<string> =>
    (await fetch(`${app.url}/sized`, { headers: { 'x-tenant-id': 'acme', 'x-size': size } })).text();
  for (const _time of ['first', 'second']) {
    expect(await get('small')).toBe('small things');
    expect(await get('large')).toBe('large things');
  }
});
