import { type AttachOptions, attachContext, isAttached } from '../client/attach-context';
import { captureContextAtCall } from '../client/call-time-capture';
import { type ClientInternals, internalsOf } from '../client/client-internals';
import { captureContextAtItxCall } from '../client/itx-call-time-capture';
import { setOuterLayer } from '../client/outer-layers';
import { InvalidOptionsError } from '@nestarc/core';

/** How a client is attached when nobody else does it. */
export type RequiredContextOptions = Omit<AttachOptions, 'onMissingTenant' | 'onOperation'>;

const pending = new WeakMap<ClientInternals, { readonly key: string; readonly attach: () => void }>();

/**
 * Makes sure that a client is attached to the context when it is used. It is attached at its first use (`$connect`, an
 * operation, a transaction, a `TransactionHost`), without asking for a tenant; unless somebody, such as the tenancy
 * extension, has attached it by then, whose options count. The order of extensions does not matter so.
 *
 * @param client - a Prisma client that is not connected yet, extended or not
 * @param options - how it is attached then, see {@link AttachOptions}
 * @throws PrismaInternalsError when the client is none, or one that is built differently
 * @throws InvalidOptionsError when it was required before with other options
 */
export function requireContext(client: unknown, options: RequiredContextOptions = {}): void {
  if (isAttached(client)) return;
  const internals = internalsOf(client);
  const key = JSON.stringify(options);
  const before = pending.get(internals);
  if (before !== undefined) return assertSame(before.key, key);
  const attach = (): void => {
    if (!isAttached(internals)) attachContext(internals, { ...options, onMissingTenant: 'bypass' });
  };
  pending.set(internals, { key, attach });
  captureContextAtCall(internals);
  captureContextAtItxCall(internals);
  attachAtFirstUse(internals, attach);
}

/**
 * Attaches a client now that was to be attached at its first use.
 *
 * @param client - internals of the client
 */
export function attachAsRequired(client: ClientInternals): void {
  pending.get(client)?.attach();
}

function assertSame(before: string, now: string): void {
  if (before === now) return;
  const message = 'the client is to be attached already, with other options';
  throw new InvalidOptionsError('requireContext', [{ path: '', message }]);
}

/** Attaching takes this layer away; the call goes on through what is there then. */
function attachAtFirstUse(client: ClientInternals, attach: () => void): void {
  setOuterLayer(client, 'requirement', {
    _executeRequest: () =>
      async function (request) {
        attach();
        return client._executeRequest.call(this, request);
      },
    _transactionWithCallback: () =>
      async function (request) {
        attach();
        return client._transactionWithCallback.call(this, request);
      },
    _transactionWithArray: () =>
      async function (request) {
        attach();
        return client._transactionWithArray.call(this, request);
      },
  });
  const { _engine: engine } = client;
  const start = engine.start.bind(engine);
  engine.start = async () => {
    attach();
    return start();
  };
}
