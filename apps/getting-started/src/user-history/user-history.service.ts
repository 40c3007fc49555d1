import { Injectable } from '@nestjs/common';
import { AuditService } from '@nestarc/audit-log';

@Injectable()
export class UserHistoryService {
  constructor(private readonly audit: AuditService) {}

  async findAll(id: number) {
    // Newest first; a tenant reads its own entries only
    const { entries } = await this.audit.query({ targetType: 'User', targetId: String(id) });
    return entries.map(({ action, actorId, changes }) => ({ action, actorId, changed: Object.keys(changes ?? {}) }));
  }
}
