import { resolveOptions } from '@nestarc/core';
import { Inject } from '@nestjs/common';
import { z } from 'zod';
import { type Propagation, PROPAGATIONS } from '../transaction/propagation';
import type { TransactionHost } from '../transaction/transaction-host';
import type { TransactionOptions } from '../transaction/transaction-options';
import { transactionOptionsShape } from '../transaction/transaction-options.schema';
import { transactionHostToken } from './transaction-host.token';
import { TransactionHostMissingError } from './transaction-host-missing.error';

/** Options of {@link Transactional}. */
export interface TransactionalOptions extends TransactionOptions {
  /** What becomes of the method where a transaction is open already. Defaults to REQUIRED. */
  readonly propagation?: Propagation | undefined;
  /** Name of the transaction host, where the application has several. Defaults to the one without a name. */
  readonly host?: string | undefined;
}

/** Decorates a method that returns a promise. */
export type TransactionalDecorator = <T extends (...args: never[]) => PromiseLike<unknown>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

const schema = z.strictObject({
  ...transactionOptionsShape,
  propagation: z.enum(PROPAGATIONS).default('REQUIRED'),
  host: z.string().min(1).optional(),
});

/**
 * Runs a method in a transaction, as `TransactionHost.run()` does. Nest injects the host into the object of the method; the
 * metadata of other decorators stays on the method, above and below this one.
 *
 * @param options - a propagation, or see {@link TransactionalOptions}
 * @throws InvalidOptionsError for options that are none
 */
export function Transactional(options: Propagation | TransactionalOptions = {}): TransactionalDecorator {
  const given = typeof options === 'string' ? { propagation: options } : options;
  const { propagation, host, ...demanded } = resolveOptions('@Transactional()', schema, given);
  const token = transactionHostToken(host);
  const hostKey = Symbol.for(`@nestarc/prisma:host of @Transactional():${host ?? ''}`);
  return (target, key, descriptor) => {
    if (typeof target === 'function') throw new TypeError('@Transactional() cannot decorate static methods');
    Inject(token)(target, hostKey);
    const method = descriptor.value as unknown as (this: object, ...args: unknown[]) => PromiseLike<unknown>;
    const wrapped = function (this: Record<symbol, TransactionHost | undefined>, ...args: unknown[]): Promise<unknown> {
      const injected = this[hostKey];
      if (injected === undefined) {
        return Promise.reject(new TransactionHostMissingError(`${this.constructor.name}.${String(key)}()`));
      }
      return injected.run(propagation, () => method.apply(this, args), demanded);
    };
    copyIdentity(method, wrapped);
    descriptor.value = wrapped as unknown as typeof descriptor.value & object;
  };
}

/** Nest keeps routes, guards and the like on the function itself. */
function copyIdentity(from: object, to: object): void {
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
  for (const name of ['name', 'length']) {
    const property = Object.getOwnPropertyDescriptor(from, name);
    if (property !== undefined) Object.defineProperty(to, name, property);
  }
}
