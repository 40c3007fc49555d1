import type { AuditExtensionOptions } from '@nestarc/audit-log';
import { InvalidOptionsError } from '@nestarc/core';
import { OWNER } from './nestarc-client-options.schema';
import type { NestarcClientOptions } from './nestarc-client.options';

/**
 * Gives the options of the audit log with what the other extensions have been told already: entries would otherwise lack the
 * tenant, or call a soft delete an update.
 *
 * @param options - what the user passed
 * @returns `undefined` where there is no audit log
 * @throws InvalidOptionsError where the audit log was told something else
 */
export function agreedAuditOptions({
  tenancy,
  softDelete,
  audit,
}: NestarcClientOptions): AuditExtensionOptions | undefined {
  if (audit === undefined) return undefined;
  const tenant = agreed(
    { path: 'audit.settings.tenant', value: audit.settings?.tenant },
    { path: 'tenancy.dbSettingKey', value: tenancy?.dbSettingKey ?? tenancy?.service.options.dbSettingKey },
  );
  const deletedAtField = agreed(
    { path: 'audit.deletedAtField', value: audit.deletedAtField },
    { path: 'softDelete.deletedAtField', value: softDelete?.deletedAtField },
  );
  return {
    ...audit,
    ...(deletedAtField === undefined ? {} : { deletedAtField }),
    ...(tenant === undefined ? {} : { settings: { ...audit.settings, tenant } }),
  };
}

interface Said {
  readonly path: string;
  readonly value: string | undefined;
}

function agreed(own: Said, other: Said): string | undefined {
  if (own.value !== undefined && other.value !== undefined && own.value !== other.value) {
    const message = `is "${own.value}", but ${other.path} is "${other.value}"`;
    throw new InvalidOptionsError(OWNER, [{ path: own.path, message }]);
  }
  return own.value ?? other.value;
}
