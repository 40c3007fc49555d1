import { currentFrame, inFrame } from './ambient-storage';
import { TransactionAbortedError } from './transaction-aborted.error';
import { TransactionScope } from './transaction-scope';
import { sendControl } from './transaction-statement';

let lastSavepoint = 0;

/**
 * Runs work in a savepoint: what fails in it is undone, and the transaction goes on. Savepoints of one transaction are a
 * stack, so siblings that are started side by side run one after the other, and operations of the surrounding scope wait.
 *
 * @param parent - the surrounding scope
 * @param work - the work; is given the scope of the savepoint
 * @throws TransactionAbortedError when the work succeeded although a statement in it had failed
 */
export function runNested<T>(
  parent: TransactionScope,
  work: (scope: TransactionScope) => T | PromiseLike<T>,
): Promise<T> {
  return parent.exclusively(async () => {
    const savepoint = `nestarc_${++lastSavepoint}` as const;
    await sendControl(parent, `SAVEPOINT ${savepoint}`).catch((error: unknown) => {
      parent.fail(error);
      throw error;
    });
    // A copy of its own, by which the operations of this scope are recognised.
    const scope = new TransactionScope(parent.trunk, { ...parent.transaction }, currentFrame(), parent);
    try {
      const result = await fill(scope, work);
      await release(scope, `RELEASE SAVEPOINT ${savepoint}`);
      scope.end('kept');
      parent.hooks.adopt(scope.hooks);
      return result;
    } catch (error) {
      scope.end('undone');
      await undo(parent, savepoint);
      parent.trunk.settled.settle(scope.hooks);
      throw error;
    }
  });
}

async function fill<T>(scope: TransactionScope, work: (scope: TransactionScope) => T | PromiseLike<T>): Promise<T> {
  try {
    // Awaited inside: the work may return an operation that runs when it is awaited.
    return await inFrame(scope.frame, async () => await work(scope));
  } finally {
    await scope.drain();
  }
}

/** PostgreSQL refuses to release a savepoint in which a statement failed; nothing else needs to be asked. */
async function release(scope: TransactionScope, statement: `RELEASE SAVEPOINT nestarc_${number}`): Promise<void> {
  scope.assertSound();
  try {
    await sendControl(scope, statement);
  } catch (error) {
    const { failure } = scope;
    throw failure === undefined ? error : new TransactionAbortedError(failure.error);
  }
}

async function undo(parent: TransactionScope, savepoint: `nestarc_${number}`): Promise<void> {
  try {
    await sendControl(parent, `ROLLBACK TO SAVEPOINT ${savepoint}`);
    await sendControl(parent, `RELEASE SAVEPOINT ${savepoint}`);
  } catch (error) {
    // The connection is lost, or the time is up: nothing of this transaction may be kept.
    parent.doom(error);
  }
}
