import { type ConfigurableModule, defineModule, type ModuleExtras, NestarcExceptionFilter } from '@nestarc/core/nest';
import { type ConfigurableModuleAsyncOptions, type DynamicModule, Logger, Module, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TransactionHost } from '../transaction/transaction-host';
import type { RequestTransactionOptions } from './request-transaction.options';
import { REQUEST_TRANSACTION_OPTIONS } from './request-transaction.tokens';
import { RouteCheck } from './route.check';
import { transactionHostToken } from './transaction-host.token';
import type { TransactionModuleOptions } from './transaction-module.options';
import { type ResolvedTransactionModuleOptions, resolveTransactionModuleOptions } from './transaction-module.schema';

const TRANSACTION_MODULE_OPTIONS = Symbol.for('@nestarc/prisma:TRANSACTION_MODULE_OPTIONS');

/** What is known of a module before its options are. */
export interface TransactionModuleExtras extends ModuleExtras {
  /** Name of the host, for applications with several clients. Defaults to none: the host that is injected by its class. */
  name?: string;
}

const TransactionModuleBase: ConfigurableModule<TransactionModuleOptions, 'createTransactionOptions'> = defineModule({
  name: 'TransactionModule',
  optionsToken: TRANSACTION_MODULE_OPTIONS,
  factoryMethod: 'createTransactionOptions',
  resolve: resolveTransactionModuleOptions,
});

/** Provides the transaction host of a client, and what request transactions need. Register it once per client. */
@Module({})
export class TransactionModule extends TransactionModuleBase {
  /**
   * Registers the host of a client that exists already.
   *
   * @param options - see {@link TransactionModuleOptions} and {@link TransactionModuleExtras}
   */
  static override forRoot(options: TransactionModuleOptions & TransactionModuleExtras): DynamicModule {
    const { name, ...rest } = options;
    return withHost(name, super.forRoot(rest));
  }

  /**
   * Registers the host of a client that Nest makes.
   *
   * @param options - how to get at the options, such as `{ inject: [PrismaService], useFactory: (client) => ({ client }) }`
   */
  static override forRootAsync(
    options: ConfigurableModuleAsyncOptions<TransactionModuleOptions, 'createTransactionOptions'> &
      TransactionModuleExtras,
  ): DynamicModule {
    const { name, ...rest } = options;
    return withHost(name, super.forRootAsync(rest));
  }
}

function withHost(name: string | undefined, module: DynamicModule): DynamicModule {
  const host: Provider = {
    provide: transactionHostToken(name),
    useFactory: ({ client }: ResolvedTransactionModuleOptions) =>
      new TransactionHost(client(), { onHookError: logHook }),
    inject: [TRANSACTION_MODULE_OPTIONS],
  };
  const request: Provider = {
    provide: REQUEST_TRANSACTION_OPTIONS,
    useFactory: (options: ResolvedTransactionModuleOptions): RequestTransactionOptions => options.requestTransaction,
    inject: [TRANSACTION_MODULE_OPTIONS],
  };
  // A request transaction is one of the host without a name.
  const own = name === undefined ? [host, request] : [host];
  const checks: Provider[] =
    name === undefined ? [RouteCheck, { provide: APP_FILTER, useClass: NestarcExceptionFilter }] : [];
  return {
    ...module,
    providers: [...(module.providers ?? []), ...own, ...checks],
    exports: [
      ...(module.exports ?? []),
      transactionHostToken(name),
      ...(name === undefined ? [REQUEST_TRANSACTION_OPTIONS] : []),
    ],
  };
}

function logHook(error: unknown): void {
  const detail = error instanceof Error ? error.stack : String(error);
  new Logger('TransactionHost').error('A hook at the end of a transaction failed', detail);
}
