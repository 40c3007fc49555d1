import { Inject, type InjectionToken } from '@nestjs/common';
import { TransactionHost } from '../transaction/transaction-host';

/**
 * The injection token of a transaction host: the class itself for the host without a name.
 *
 * @param name - name that was given to `TransactionModule`
 */
export function transactionHostToken(name?: string): InjectionToken<TransactionHost> {
  return name === undefined ? TransactionHost : Symbol.for(`@nestarc/prisma:TransactionHost:${name}`);
}

/**
 * Injects a transaction host by name. The one without a name is injected by its class.
 *
 * @param name - name that was given to `TransactionModule`
 */
export function InjectTransactionHost(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(transactionHostToken(name));
}
