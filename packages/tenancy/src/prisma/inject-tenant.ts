import { CrossTenantWriteError } from '@nestarc/postgres';

/** Data of one row, as Prisma's write operations take it. */
type Row = Readonly<Record<string, unknown>>;

interface WriteArgs {
  readonly data?: Row | readonly Row[];
  readonly create?: Row;
  readonly update?: Row;
}

/**
 * Writes the tenant id into the data of a write operation.
 *
 * @param operation - name of the operation
 * @param args - its arguments; never changed
 * @param field - field that holds the tenant id
 * @param tenantId - the current tenant
 * @returns the arguments with the tenant id in them, or the same arguments when the operation takes none
 * @throws CrossTenantWriteError when the data already names another tenant
 */
export function injectTenant<T>(operation: string, args: T, field: string, tenantId: string): T {
  const { data, create, update } = (args ?? {}) as WriteArgs;
  const stamp = (row: Row): Row => {
    refuseOtherTenant(row, field, tenantId);
    return { ...row, [field]: tenantId };
  };
  switch (operation) {
    case 'create':
    case 'createMany':
    case 'createManyAndReturn':
      return data === undefined ? args : { ...args, data: isRows(data) ? data.map(stamp) : stamp(data) };
    case 'upsert':
      if (update !== undefined) refuseOtherTenant(update, field, tenantId);
      return create === undefined ? args : { ...args, create: stamp(create) };
    default:
      return args;
  }
}

const isRows = (data: Row | readonly Row[]): data is readonly Row[] => Array.isArray(data);

function refuseOtherTenant(row: Row, field: string, tenantId: string): void {
  const given = row[field];
  const value = typeof given === 'object' && given !== null && 'set' in given ? given.set : given;
  // A UUID may be spelled in capitals; what is written is the canonical id in any case.
  const same = typeof value === 'string' && value.toLowerCase() === tenantId.toLowerCase();
  if (value !== undefined && !same) throw new CrossTenantWriteError();
}
