import { Controller, Get, Param, ParseIntPipe } from '@nestjs/common';
import { UserHistoryService } from './user-history.service';

@Controller('users')
export class UserHistoryController {
  constructor(private readonly history: UserHistoryService) {}

  @Get(':id/history')
  findAll(@Param('id', ParseIntPipe) id: number) {
    return this.history.findAll(id);
  }
}
