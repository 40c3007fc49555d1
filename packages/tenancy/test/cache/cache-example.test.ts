import { type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

// #region cache
import { CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Injectable, Module, Param, Post, UseInterceptors } from '@nestjs/common';
import { TenancyModule } from '@nestarc/tenancy';
import {
  CacheTags,
  TenantCache,
  TenantCacheInterceptor,
  TenantCacheModule,
  TenantWideCache,
} from '@nestarc/tenancy/cache';

@Injectable()
export class PriceList {
  constructor(private readonly cache: TenantCache) {}

  /** Worked out once a minute for each tenant, however many ask at once. */
  total(): Promise<number> {
    return this.cache.wrap('total', () => this.addUp(), { ttlMs: 60_000, tags: ['prices'] });
  }

  async change(): Promise<void> {
    this.sum += 1;
    await this.cache.invalidateTags(['prices']);
  }

  private sum = 40;
  private async addUp(): Promise<number> {
    return this.sum;
  }
}

@UseInterceptors(TenantCacheInterceptor)
@Controller('prices')
export class PricesController {
  constructor(private readonly prices: PriceList) {}

  /** Cached for each user of each tenant. */
  @CacheTags('prices', (request: { params: { id: string } }) => `price:${request.params.id}`)
  @Get('of/:id')
  async price(@Param('id') id: string) {
    return { id, total: await this.prices.total() };
  }

  /** The same for all users of a tenant. */
  @TenantWideCache()
  @CacheTags('prices')
  @Get('total')
  async total() {
    return { total: await this.prices.total() };
  }

  @Post()
  change() {
    return this.prices.change();
  }
}

@Module({
  imports: [
    TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }),
    TenantCacheModule.register({ imports: [CacheModule.register({ ttl: 60_000 })] }),
  ],
  controllers: [PricesController],
  providers: [PriceList],
})
export class AppModule {}
// #endregion cache

let app: ServedApp;
beforeAll(async () => {
  app = await serveOn('express', AppModule);
});
afterAll(() => app.close());

it('an application that caches as the README shows serves what is current', async () => {
  const headers = { 'x-tenant-id': 'acme' };
  const get = async (path: string): Promise<[string | null, unknown]> => {
    const response = await fetch(`${app.url}${path}`, { headers });
    return [response.headers.get('x-cache'), await response.json()];
  };
  expect(await get('/prices/total')).toEqual(['MISS', { total: 40 }]);
  expect(await get('/prices/total')).toEqual(['HIT', { total: 40 }]);
  expect(await get('/prices/of/1')).toEqual(['MISS', { id: '1', total: 40 }]);
  expect((await fetch(`${app.url}/prices`, { method: 'POST', headers })).status).toBe(201);
  expect(await get('/prices/total')).toEqual(['MISS', { total: 41 }]);
  expect(await get('/prices/of/1')).toEqual(['MISS', { id: '1', total: 41 }]);
});
