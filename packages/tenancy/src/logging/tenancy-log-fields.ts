import { currentContext } from '@nestarc/core';

/** What a log line says about who asked. */
export interface TenancyLogFields {
  /** The tenant. */
  tenantId?: string;
  /** Id of the request. */
  requestId?: string;
  /** Id of whoever acts. */
  actorId?: string;
  /** Kind of whoever acts, such as `user`. */
  actorType?: string;
  /** Says that the work does without a tenant on purpose. */
  tenancy?: 'bypass';
}

/**
 * Tells who the running work is for, as fields of a log line; none outside of any request. Never throws, and gives a new
 * object each time, for loggers that write into it.
 */
export function tenancyLogFields(): TenancyLogFields {
  const context = currentContext();
  const fields: TenancyLogFields = {};
  if (context === undefined) return fields;
  const { tenantId, requestId, actor } = context;
  if (tenantId !== undefined) fields.tenantId = tenantId;
  if (requestId !== undefined) fields.requestId = requestId;
  if (actor !== undefined) {
    fields.actorId = actor.id;
    fields.actorType = actor.type;
  }
  if (context.mode === 'bypass') fields.tenancy = 'bypass';
  return fields;
}

/**
 * The option `mixin` of pino: adds {@link tenancyLogFields} to every line. Give pino {@link tenancyMixinMergeStrategy}
 * too, or fields of the same name in a call take their place.
 */
export function tenancyLogMixin(): TenancyLogFields {
  return tenancyLogFields();
}

/**
 * The option `mixinMergeStrategy` of pino with which a line always says whose request wrote it, whatever `tenantId` is
 * among the fields of the call.
 *
 * @param fields - the fields of the call
 * @param mixin - what the mixin gave
 */
export function tenancyMixinMergeStrategy(fields: object, mixin: object): object {
  return { ...fields, ...mixin };
}
