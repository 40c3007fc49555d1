import { Global, Module } from '@nestjs/common';
import { AuditLogModule } from '@nestarc/audit-log';
import { SoftDeleteModule } from '@nestarc/soft-delete';
import { TenancyModule } from '@nestarc/tenancy';
import { DeletedUsersModule } from './deleted-users/deleted-users.module';
import { PrismaService } from './prisma.service';
import { UserHistoryModule } from './user-history/user-history.module';
import { UsersModule } from './users/users.module';

@Global()
@Module({
  imports: [
    TenancyModule.forRoot({
      tenantExtractor: 'X-Tenant-Id',
    }),
    SoftDeleteModule.forRoot({ prismaServiceToken: PrismaService }),
    AuditLogModule.forRootAsync({
      inject: [PrismaService],
      useFactory: (prisma: PrismaService) => ({
        prisma,
        // Stands where your login is
        actorExtractor: ({ headers }) => ({ type: 'user', id: [headers['x-user-id']].flat()[0] ?? null }),
      }),
    }),
    UsersModule,
    DeletedUsersModule,
    UserHistoryModule,
  ],
  providers: [PrismaService],
  exports: [PrismaService],
})
export class AppModule {}
