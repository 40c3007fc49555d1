import { Body, Controller, Get, Inject, Injectable, Module, Post, type Type } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  BypassTenancy,
  createPrismaTenancyExtension,
  CurrentTenant,
  TenancyModule,
  type TenancyModuleOptions,
  TenancyService,
} from '../src';
import { PrismaClient } from './fixture/generated/client';

export const DATABASE_URL = 'test database url';

/** The client of an application, made as Getting Started makes it. */
@Injectable()
export class Database {
  readonly client: PrismaClient;

  constructor(tenancy: TenancyService, @Inject(DATABASE_URL) connectionString: string) {
    // The stock adapter on purpose: it is what the extension has to take over.
    const adapter = new PrismaPg({ connectionString, max: 5 });
    this.client = new PrismaClient({ adapter }).$extends(
      createPrismaTenancyExtension(tenancy),
    ) as unknown as PrismaClient;
  }
}

@Controller('customers')
class CustomersController {
  constructor(private readonly database: Database) {}

  @Get()
  list(@CurrentTenant() tenantId: string): unknown {
    return this.database.client.customer.findMany().then((rows) => ({ tenantId, rows }));
  }

  @Post()
  create(@Body('email') email: string, @Body('tenantId') tenantId?: string): unknown {
    return this.database.client.customer.create({ data: { email, ...(tenantId === undefined ? {} : { tenantId }) } });
  }
}

@Controller('health')
class HealthController {
  constructor(private readonly database: Database) {}

  @BypassTenancy()
  @Get()
  async health(@CurrentTenant() tenantId: string | null): Promise<unknown> {
    const [one] = await this.database.client.$queryRaw<{ visible: number }[]>`
      SELECT count(*)::int AS visible FROM customers`;
    return { status: 'ok', tenantId, ...one };
  }
}

/** An application on the fixture's tables, with the module configured as given. */
export function appModule(tenancy: ReturnType<typeof TenancyModule.forRoot>, url: string): Type {
  @Module({
    imports: [tenancy],
    controllers: [CustomersController, HealthController],
    providers: [Database, { provide: DATABASE_URL, useValue: url }],
  })
  class AppModule {}
  return AppModule;
}

export const byHeader: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id' };
