import type { ModelMetadata } from '@nestarc/prisma';
import { AuditNotInstalledError } from '../errors/audit-not-installed.error';
import type { AuditSqlOptions } from '../options/audit-sql.options';
import { resolveAuditSqlOptions, type ResolvedAuditSqlOptions } from '../options/audit-sql-options.schema';
import { auditColumns } from '../table/table.ddl';
import type { FunctionDefinition } from '../table/function.ddl';
import type { SqlTarget } from '../table/sql-target';
import { metadataOf } from './audit-sql';
import { expectedDigest, expectedTriggers, type TriggerFacts } from './expected-objects';
import { installationOf, type Capture, type Installation } from './installation';
import { installedObjects, type InstalledObjects } from './installed-objects';

/**
 * Refuses a database that does not record the changes of the tracked models as the schema and the options ask. Costs one
 * round trip.
 *
 * @param target - a pool or client of pg, or a Prisma client, as the role that the application serves as
 * @param source - a Prisma client, or what it knows about its schema
 * @param options - those that `auditSql` was given. Defaults to all models
 * @throws AuditNotInstalledError naming every difference, with the SQL that mends them
 * @throws InvalidOptionsError for options that are none
 */
export async function assertAuditInstalled(
  target: SqlTarget,
  source: unknown,
  options: AuditSqlOptions = {},
): Promise<void> {
  await assertInstallation(target, metadataOf(source), resolveAuditSqlOptions(options));
}

/**
 * The same for options that are resolved already.
 *
 * @param target - what runs SQL
 * @param metadata - the schema
 * @param options - the resolved options
 * @throws AuditNotInstalledError naming every difference
 */
export async function assertInstallation(
  target: SqlTarget,
  metadata: ModelMetadata,
  options: ResolvedAuditSqlOptions,
): Promise<void> {
  const installation = installationOf(metadata, options);
  const installed = await installedObjects(
    target,
    installation.options.table,
    installation.captures.map(({ table }) => table),
  );
  const problems = [tableProblems, functionProblems, captureProblems].flatMap((look) => look(installation, installed));
  if (problems.length > 0) throw new AuditNotInstalledError(problems, installation.sql);
}

function tableProblems({ options }: Installation, { table }: InstalledObjects): string[] {
  const { table: audit } = options;
  const named = audit.display;
  if (table === null) return [`the audit table ${named} does not exist`];
  const missing = auditColumns(audit).filter((column) => !table.columns.includes(column));
  const blockers = [audit.noUpdateTrigger, audit.noDeleteTrigger, audit.noTruncateTrigger];
  return [
    ...(missing.length > 0 ? [`${named} lacks the columns ${missing.join(', ')}`] : []),
    ...(table.partitioned === options.partitioned
      ? []
      : [`${named} has ${table.partitioned ? '' : 'no '}partitions: the option "partitioned" says otherwise`]),
    ...(table.rowSecurity ? [] : [`row-level security is not forced on ${named}`]),
    ...(table.isReadable ? [] : [`the role of this connection may not read ${named}: name it in readerRoles`]),
    ...(table.isWritable ? [`the role of this connection may change ${named}`] : []),
    ...blockers
      .filter((trigger) => !table.blockers.includes(trigger))
      .map((trigger) => `the trigger ${trigger}, which keeps entries as they are, is missing or disabled on ${named}`),
  ];
}

/** The functions that everybody who reads may call are the only ones that others than the owner may. */
function functionProblems({ functions, options }: Installation, installed: InstalledObjects): string[] {
  const { table } = options;
  const callable = [table.logFunction, table.partitionsFunction, table.stateFunction, table.truncationsFunction];
  if (options.prunerRoles.length > 0) callable.push(table.prunableFunction, table.pruneFunction);
  return functions
    .filter((definition) => {
      const isCallable = callable.includes(definition.name);
      return !isAsExpected(definition, installed.functions[definition.name], isCallable);
    })
    .map(({ name }) => `the function ${name} is missing, different, or open to others than its owner`);
}

function isAsExpected(
  definition: FunctionDefinition,
  found: InstalledObjects['functions'][string] | undefined,
  isCallable: boolean,
): boolean {
  if (found === undefined || found.digest !== expectedDigest(definition)) return false;
  return found.isDefiner === definition.attributes.text.includes('SECURITY DEFINER') && (isCallable || !found.isOpen);
}

function captureProblems({ captures, options }: Installation, installed: InstalledObjects): string[] {
  const expected = captures.flatMap(({ table, function: definition }, index) => {
    const named = `${table.schema}.${table.table}`;
    const of = `the model ${table.model} (${named})`;
    if (installed.tables[index] !== true) return [`the table of ${of} does not exist`];
    const triggers = expectedTriggers(table, options.table);
    const wrong = triggers.filter((trigger) => !installed.triggers.some(isSame(trigger)));
    const found = installed.functions[definition.name];
    if (found === undefined || wrong.length === triggers.length) return [`changes of ${of} are not recorded`];
    return [
      ...(isAsExpected(definition, found, false)
        ? []
        : [`changes of ${of} are recorded in another way than the schema and the options say`]),
      ...wrong.map((trigger) => `the trigger ${trigger.name} is missing, disabled or different on ${named}`),
    ];
  });
  return [...expected, ...untracked(captures, installed)];
}

function untracked(captures: readonly Capture[], { triggers }: InstalledObjects): string[] {
  const tracked = new Set(captures.map(({ table }) => JSON.stringify([table.schema, table.table])));
  const others = triggers.filter(({ schema, table }) => !tracked.has(JSON.stringify([schema, table])));
  const names = new Set(others.map(({ schema, table }) => `${schema}.${table}`));
  return [...names].map((name) => `changes of ${name} are recorded, although its model is not tracked`);
}

/** One that fires always is as good as one that fires in the ordinary way. */
const isSame =
  (expected: TriggerFacts) =>
  (found: TriggerFacts): boolean =>
    JSON.stringify({ ...expected, enabled: '' }) === JSON.stringify({ ...inOrder(found), enabled: '' }) &&
    ['O', 'A'].includes(found.enabled);

const inOrder = ({
  schema,
  table,
  name,
  function: called,
  type,
  enabled,
  old,
  new: fresh,
  conditional,
}: TriggerFacts): TriggerFacts => ({
  schema,
  table,
  name,
  function: called,
  type,
  enabled,
  old,
  new: fresh,
  conditional,
});
