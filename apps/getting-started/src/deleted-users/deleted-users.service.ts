import { Injectable } from '@nestjs/common';
import { onlyDeleted, SoftDeleteService } from '@nestarc/soft-delete';
import { PrismaService } from '../prisma.service';

@Injectable()
export class DeletedUsersService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly softDelete: SoftDeleteService,
  ) {}

  delete(id: number) {
    // An UPDATE that sets deleted_at: from then on nobody finds the user who does not ask for deleted ones
    return this.prisma.client.user.delete({ where: { id } });
  }

  findAll() {
    return onlyDeleted(this.prisma.client.user).findMany({ omit: { deletedAt: false } });
  }

  restore(id: number) {
    return this.softDelete.restore('User', { id });
  }
}
