import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { warnOfAudit } from '../context/audit-report';
import { auditOf } from '../extension/audit-attachment';
import { checkInstallation } from '../extension/installation.check';
import type { ResolvedAuditLogModuleOptions } from '../options/audit-module-options.schema';
import type { SqlTarget } from '../table/sql-target';
import { AUDIT_LOG_OPTIONS } from './audit-log.tokens';
import { assertAgreement } from './audit-service.provider';
import { followFastifyRequests } from './fastify-requests';
import { RequestScope } from './request-scope';

/** Looks at the application and at its database before it serves. */
@Injectable()
export class AuditBoot implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(AUDIT_LOG_OPTIONS) private readonly options: ResolvedAuditLogModuleOptions,
    private readonly scope: RequestScope,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Called by Nest when all modules have been configured: hooks that open contexts come first. */
  onModuleInit(): void {
    followFastifyRequests(this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined, this.scope);
  }

  /**
   * Called by Nest: services that extend their client in `onModuleInit()` have done so by then.
   *
   * @throws InvalidOptionsError for options that contradict those of the client's extension
   * @throws AuditNotInstalledError when the database records in another way than the schema and the options say
   */
  async onApplicationBootstrap(): Promise<void> {
    const { prisma, logger } = this.options;
    const attachment = auditOf(prisma);
    if (attachment === undefined) {
      warnOfAudit(logger, NOT_EXTENDED);
      return;
    }
    assertAgreement(this.options, attachment);
    await checkInstallation(attachment, prisma as SqlTarget);
  }
}

const NOT_EXTENDED =
  'the client of the option "prisma" is not extended with createAuditExtension(…): nobody checks that its changes are recorded';
