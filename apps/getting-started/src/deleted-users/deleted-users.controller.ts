import { Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, UseInterceptors } from '@nestjs/common';
import { PrismaErrorsInterceptor } from '@nestarc/prisma/nest';
import { DeletedUsersService } from './deleted-users.service';

@Controller('users')
@UseInterceptors(PrismaErrorsInterceptor)
export class DeletedUsersController {
  constructor(private readonly deletedUsers: DeletedUsersService) {}

  @Get('deleted')
  findAll() {
    return this.deletedUsers.findAll();
  }

  @Delete(':id')
  delete(@Param('id', ParseIntPipe) id: number) {
    return this.deletedUsers.delete(id);
  }

  @Post(':id/restore')
  @HttpCode(200)
  restore(@Param('id', ParseIntPipe) id: number) {
    return this.deletedUsers.restore(id);
  }
}
