import { isNestarcError } from '@nestarc/core';
import type { PoolClient } from 'pg';
import { ContextClient } from './context-client';

/** Gives a client back; a truthy argument has its connection thrown away. */
export type Release = (destroy?: Error | boolean) => void;

/**
 * Makes the release of a client decide what becomes of its connection. One that was left inside a transaction, or with
 * statements waiting, is thrown away: its next user would find itself in the transaction, and in the tenant, of another.
 * One whose user only met a refusal of ours is kept: nothing was sent.
 *
 * @param client - a client that was just checked out
 */
export function checkRelease(client: PoolClient): void {
  const holder = client as { release: Release };
  const { release } = holder;
  holder.release = (reason) => {
    const clean = client instanceof ContextClient && client.isClean();
    const refused = isNestarcError(reason) && reason.cause === undefined;
    release(clean && refused ? undefined : reason || !clean);
  };
}
