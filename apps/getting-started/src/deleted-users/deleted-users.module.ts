import { Module } from '@nestjs/common';
import { DeletedUsersController } from './deleted-users.controller';
import { DeletedUsersService } from './deleted-users.service';

@Module({
  controllers: [DeletedUsersController],
  providers: [DeletedUsersService],
})
export class DeletedUsersModule {}
