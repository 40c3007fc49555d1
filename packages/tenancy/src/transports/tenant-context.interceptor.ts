import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { carrierOf } from '../edge/message-carrier';
import { rpcEdge } from '../edge/rpc.edge';
import { TenantRequiredError } from '../errors/tenant-required.error';
import { headersOfCarrier } from '../propagation/carrier-headers';
import { TenantCodec } from '../propagation/tenant-codec';
import type { TenancyContext } from '../service/tenancy-context';
import { handleWithin } from './handle-within';
import {
  type ResolvedInterceptorOptions,
  resolveInterceptorOptions,
  type TenantContextInterceptorOptions,
} from './tenant-context-interceptor.options';

/**
 * Runs the handlers of a microservice as the tenant that the propagators of this package have written into the message,
 * and no handler without one: `app.useGlobalInterceptors(new TenantContextInterceptor(new TenancyContext()))`. It is for
 * services without `TenancyModule`, which does this, and verifies the tenant, by itself. Requests over HTTP pass.
 */
export class TenantContextInterceptor implements NestInterceptor {
  readonly #options: ResolvedInterceptorOptions;
  readonly #codecs = new Map<string, TenantCodec>();

  /**
   * @param context - runs the handlers, and knows which texts are tenant ids
   * @param options - which transport it is, and how messages are signed. Defaults to what the messages look like, unsigned
   * @throws InvalidOptionsError naming the path of every refused option
   */
  constructor(
    private readonly context: TenancyContext,
    options: TenantContextInterceptorOptions = {},
  ) {
    this.#options = resolveInterceptorOptions(options);
  }

  /**
   * Wraps the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - the handler
   * @returns what the handler returns, or an RpcException with the code of what is wrong
   */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'rpc') return next.handle();
    try {
      const tenantId = this.#tenantOf(execution);
      if (tenantId === null) throw new TenantRequiredError();
      // Run once on nothing, so that an id which is none is refused like everything else.
      this.context.run(tenantId, () => undefined);
      return handleWithin(next, (callback) => this.context.run(tenantId, callback));
    } catch (error) {
      return throwError(() => rpcEdge.refusal(error, execution));
    }
  }

  #tenantOf(execution: ExecutionContext): string | null {
    const rpc = execution.switchToRpc();
    const { transport, headerName, dataKey } = this.#options;
    if (transport === 'bull') return this.#codecOf('bull').decode([ownValue(rpc.getData(), dataKey)]);
    const found = carrierOf(rpc.getContext());
    if (found === undefined) return null;
    const { carrier, kind } = found;
    const { headers } = headersOfCarrier(carrier, { kind: transport ?? kind });
    return this.#codecOf(transport ?? kind).decode([headers[headerName]].flat());
  }

  #codecOf(kind: string): TenantCodec {
    const { envelope, purpose = kind, headerName } = this.#options;
    const codec =
      this.#codecs.get(kind) ??
      new TenantCodec(this.context, { name: headerName, encoding: 'text', envelope, purpose, required: false });
    this.#codecs.set(kind, codec);
    return codec;
  }
}

const ownValue = (data: unknown, key: string): unknown =>
  typeof data === 'object' && data !== null && Object.hasOwn(data, key)
    ? (data as Readonly<Record<string, unknown>>)[key]
    : undefined;
