import type { SoftModel } from '../model/soft-model';
import type { QueryObject } from '../reads/query-value';
import { keyFilter, keyOf, narrowed, selectOf } from './unique-where';
import type { WriteRun } from './write.run';

/**
 * Has the rows named ahead that a deletion with a limit takes. Prisma (7.10 and 6.19) puts the filter of such a statement into
 * `id IN (SELECT … LIMIT n)`, which PostgreSQL does not look at again once it has waited for another deletion of the same rows:
 * both would take them. By key and mark the second finds nothing, as a second DELETE does.
 *
 * @param run - collects what has to be done ahead
 * @param soft - the model
 * @param args - arguments of the deletion, its filter being final; changed before they are sent
 */
export function limitDeletion(run: WriteRun, { name, info }: SoftModel, args: Record<string, unknown>): void {
  const { limit, where } = args;
  // What Prisma refuses, it is to refuse; of no rows nobody takes any.
  if (typeof limit !== 'number' || !(limit > 0)) return;
  const select = selectOf(keyOf(info));
  run.before.push(async (tx) => {
    const found = await tx.run({ model: name, action: 'findMany', args: { where, take: limit, select }, path: [] });
    Reflect.deleteProperty(args, 'limit');
    args['where'] = narrowed(where as QueryObject, keyFilter(info, found as QueryObject[]));
  });
}
