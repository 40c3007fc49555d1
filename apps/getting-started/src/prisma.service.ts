import { Injectable, OnModuleInit } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { createAuditExtension } from '@nestarc/audit-log';
import { createPrismaSoftDeleteExtension } from '@nestarc/soft-delete';
import { TenancyService, createPrismaTenancyExtension } from '@nestarc/tenancy';

@Injectable()
export class PrismaService implements OnModuleInit {
  public readonly client;

  constructor(private readonly tenancyService: TenancyService) {
    const prisma = new PrismaClient({
      adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }),
      omit: { user: { deletedAt: true, deletedBy: true, deletionId: true } },
    })
      .$extends(createPrismaTenancyExtension(tenancyService))
      .$extends(createPrismaSoftDeleteExtension({ softDeleteModels: ['User'] }))
      .$extends(createAuditExtension({ trackedModels: ['User'] }));
    this.client = prisma;
  }

  async onModuleInit() {
    await this.client.$connect();
  }
}
