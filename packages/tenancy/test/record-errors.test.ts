import { PrismaErrorsInterceptor } from '@nestarc/prisma/nest';
import { PLATFORMS, serveOn, type ServedApp } from '@nestarc/testing';
import { Body, Controller, Delete, Inject, Module, Param, Post, UseInterceptors } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenancyModule } from '../src';
import { DIRECT_POOL } from './fixture/database-path';
import type { PrismaClient } from './fixture/generated/client';
import { A, B, b1, ib1, IsolationFixture } from './fixture/isolation-fixture';

const PRISMA = Symbol('client');

@UseInterceptors(PrismaErrorsInterceptor)
@Controller()
class InvoicesController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Post('invoices')
  create(@Body() data: { customerId: string; countryCode: string }): Promise<unknown> {
    return this.prisma.invoice.create({ data });
  }

  @Post('customers')
  createCustomer(@Body() data: { email: string }): Promise<unknown> {
    return this.prisma.customer.create({ data });
  }

  @Delete('invoices/:id')
  remove(@Param('id') id: string): Promise<unknown> {
    return this.prisma.invoice.delete({ where: { id } });
  }
}

describe.each(PLATFORMS)('on %s, what Prisma reports about rows', (platform) => {
  let fixture: IsolationFixture;
  let served: ServedApp;

  beforeAll(async () => {
    fixture = await IsolationFixture.create(DIRECT_POOL);
    await fixture.seed();
    @Module({
      imports: [TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' })],
      controllers: [InvoicesController],
      providers: [{ provide: PRISMA, useValue: fixture.prisma }],
    })
    class AppModule {}
    served = await serveOn(platform, AppModule);
  });
  afterAll(async () => {
    await served.close();
    await fixture.close();
  });

  async function answer(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { 'X-Tenant-Id': A, ...(body && { 'content-type': 'application/json' }) };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${served.url}/${path}`, { method, headers, ...init });
    return response.json();
  }

  it('T-13 is 404 for a reference to another tenant’s row, as for one to nothing', async () => {
    const notFound = { statusCode: 404, code: 'RECORD_NOT_FOUND', message: 'The record does not exist' };
    expect(await answer('POST', 'invoices', { customerId: b1, countryCode: 'KR' })).toEqual(notFound);
    expect(await answer('POST', 'invoices', { customerId: ib1, countryCode: 'KR' })).toEqual(notFound);
    expect(await answer('DELETE', `invoices/${ib1}`)).toEqual(notFound);
    expect(await fixture.as(B, () => fixture.prisma.invoice.count())).toBe(1);
  });

  it('is 409 for a value that the tenant has already, and none for one that another has', async () => {
    const conflict = { statusCode: 409, code: 'RECORD_CONFLICT' };
    expect(await answer('POST', 'customers', { email: 'a1@example.com' })).toMatchObject(conflict);
    expect(await answer('POST', 'customers', { email: 'b1@example.com' })).toMatchObject({ tenantId: A });
  });
});
