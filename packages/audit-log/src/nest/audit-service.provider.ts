import { InvalidOptionsError, type OptionProblem } from '@nestarc/core';
import { planOperations } from '@nestarc/prisma';
import { type AuditAttachment, auditOf } from '../extension/audit-attachment';
import { settlingPlanner } from '../extension/audit.planner';
import { MODULE, type ResolvedAuditLogModuleOptions } from '../options/audit-module-options.schema';
import type { AuditServiceOptions } from '../options/audit-service.options';
import { resolveAuditServiceOptions } from '../options/audit-service-options.schema';
import { AuditService } from '../service/audit.service';

/**
 * Makes the service. What the extension of the client was told need not be said again.
 *
 * @param options - options of the module
 * @throws InvalidOptionsError for options that are none, or that contradict those of the extension
 */
export function makeAuditService(options: ResolvedAuditLogModuleOptions): AuditService {
  const attachment = auditOf(options.prisma);
  if (attachment === undefined) {
    planOperations(options.prisma, settlingPlanner);
    return new AuditService(options.prisma, resolveAuditServiceOptions(options.service));
  }
  assertAgreement(options, attachment);
  return new AuditService(options.prisma, resolveAuditServiceOptions(inherited(options.service, attachment)));
}

/**
 * Compares what the module was told with what the extension of its client was: said twice, it has to be the same.
 *
 * @param options - options of the module
 * @param attachment - how the client is audited
 * @throws InvalidOptionsError naming each option that says something else
 */
export function assertAgreement({ service }: ResolvedAuditLogModuleOptions, { options }: AuditAttachment): void {
  if (service.tableName === undefined && service.schema === undefined) return;
  const meant = resolveAuditServiceOptions({ tableName: service.tableName, schema: service.schema });
  const is = options.sql.table.display;
  if (meant.tableName === is) return;
  const path = service.tableName === undefined ? 'schema' : 'tableName';
  const problem: OptionProblem = {
    path,
    message: `says ${meant.tableName}, but the extension of the client has ${is}: leave it out here`,
  };
  throw new InvalidOptionsError(MODULE, [problem]);
}

function inherited(service: AuditServiceOptions, { options: { sql } }: AuditAttachment): AuditServiceOptions {
  const { sensitiveFields = [], sensitiveFieldsByModel = {} } = service;
  const models = new Set([...Object.keys(sql.sensitiveFieldsByModel), ...Object.keys(sensitiveFieldsByModel)]);
  const both = (model: string): string[] => [
    ...(sql.sensitiveFieldsByModel[model] ?? []),
    ...(sensitiveFieldsByModel[model] ?? []),
  ];
  return {
    ...service,
    tableName: sql.table.display,
    schema: undefined,
    settings: { ...sql.settings, ...service.settings },
    sensitiveFields: [...sql.sensitiveFields, ...sensitiveFields],
    sensitiveFieldsByModel: Object.fromEntries([...models].map((model) => [model, both(model)])),
  };
}
