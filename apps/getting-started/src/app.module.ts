import { Global, Module } from '@nestjs/common';
import { SoftDeleteModule } from '@nestarc/soft-delete';
import { TenancyModule } from '@nestarc/tenancy';
import { DeletedUsersModule } from './deleted-users/deleted-users.module';
import { PrismaService } from './prisma.service';
import { UsersModule } from './users/users.module';

@Global()
@Module({
  imports: [
    TenancyModule.forRoot({
      tenantExtractor: 'X-Tenant-Id',
    }),
    SoftDeleteModule.forRoot({ prismaServiceToken: PrismaService }),
    UsersModule,
    DeletedUsersModule,
  ],
  providers: [PrismaService],
  exports: [PrismaService],
})
export class AppModule {}
