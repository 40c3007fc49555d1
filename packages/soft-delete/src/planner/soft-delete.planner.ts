import { currentContext, type RequestContext, withSettings } from '@nestarc/core';
import {
  isAttached,
  type OperationPlan,
  type OperationPlanner,
  originalClient,
  type PlannedOperation,
} from '@nestarc/prisma';
import { randomUUID } from 'node:crypto';
import { SoftDeleteEvents } from '../events/soft-delete-events';
import type { SoftDeleteAttachment } from '../model/soft-delete-attachment';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { ReadScope } from '../reads/read-scope';
import { rewriteRead } from '../reads/read.rewriter';
import { DELETED_ROWS_SETTING, deletedRowsValue } from '../sql/deleted-rows.setting';
import { currentActorId, currentVisibility } from '../visibility/current-visibility';
import { planWrite } from '../writes/write.planner';
import type { WriteScope } from '../writes/write-scope';
import { DeletionClock } from './deletion-clock';
import { InstallationCheck } from './installation.check';
import { takeOwnOperation } from './own-operation';

/** The settings that tell triggers what a statement does, and as part of what. */
const OPERATION_SETTING = 'app.operation';
const OPERATION_ID_SETTING = 'app.operation_id';

/**
 * Makes what says what becomes of the operations of a client.
 *
 * @param client - the client
 * @param attachment - how it deletes softly
 */
export function softDeletePlanner(client: unknown, { options, schema }: SoftDeleteAttachment): OperationPlanner {
  const events = SoftDeleteEvents.of(client);
  const clock = new DeletionClock(schema);
  const isWalled = options.enforcement === 'database';
  const check = isWalled ? new InstallationCheck(schema) : undefined;
  const globalOmit = Reflect.get(originalClient(client), '_globalOmit') as ReadScope['globalOmit'];

  const scopeOf = (opened: Set<string>, onDeletion: (id: string) => void): WriteScope => ({
    schema,
    options,
    globalOmit,
    opened,
    visibility: currentVisibility(),
    now: () => clock.now(),
    actorId: currentActorId,
    newDeletionId: () => {
      const id = randomUUID();
      onDeletion(id);
      return id;
    },
    announce: (event) => events.announce(event),
  });

  return (operation) => {
    const opened = new Set<string>();
    let deletionId: string | undefined;
    const scope = scopeOf(opened, (id) => (deletionId = id));
    const plan = planIn(scope, operation);
    const settings = {
      ...(isWalled && opened.size > 0 ? { [DELETED_ROWS_SETTING]: openedValue(schema, opened) } : {}),
      ...(deletionId === undefined || !(isWalled || isAttached(client))
        ? {}
        : { [OPERATION_SETTING]: 'softDelete', [OPERATION_ID_SETTING]: deletionId }),
    };
    const carried = Object.keys(settings).length === 0 ? plan : { ...plan, context: contextWith(plan, settings) };
    return check === undefined ? carried : check.aheadOf(carried);
  };
}

function planIn(scope: WriteScope, operation: PlannedOperation): OperationPlan | undefined {
  if (operation.model === undefined) {
    openWhatIsAskedFor(scope);
    return undefined;
  }
  const own = takeOwnOperation(operation);
  if (own !== undefined) return own.plan(scope);
  return rewriteRead(scope, operation) ?? planWrite(scope, operation);
}

/** Of raw SQL nobody knows which tables it reads. */
function openWhatIsAskedFor({ schema, visibility, opened }: WriteScope): void {
  for (const { name } of schema.models) {
    if (visibility.modeOf(name) !== 'default' || visibility.isSkipped(name)) opened.add(name);
  }
}

const contextWith = (plan: OperationPlan | undefined, settings: Readonly<Record<string, string>>): RequestContext =>
  withSettings(plan?.context ?? currentContext(), settings);

function openedValue(schema: SoftDeleteSchema, opened: ReadonlySet<string>): string {
  return deletedRowsValue([...opened].flatMap((name) => schema.soft(name)?.info ?? []));
}
