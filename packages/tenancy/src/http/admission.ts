import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import type { ExecutionEdge } from '../edge/execution-edge';
import { summarizeRequest } from '../events/request-summary';
import { TenancyEventService } from '../events/tenancy-event.service';
import { type TenancyEventMap, TenancyEvents } from '../events/tenancy-events';
import { ANSWERED, askTenantNotFound } from '../hooks/tenant-not-found';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantAbsent, TenantRefused, TenantResolved } from '../resolution/resolution';
import { settleWithin } from '../resolution/settle-within';
import { TenantResolver } from '../resolution/tenant-resolver';
import { TenancyTelemetryService } from '../telemetry/tenancy-telemetry.service';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';
import { EarlyResolutions } from './early-resolutions';
import type { TenantDemand } from './tenant-demand';

/** Lets a handler run for the tenant of its request, or not; announces either, and asks the hooks. */
@Injectable()
export class Admission {
  readonly #logger = new Logger('TenancyModule');

  constructor(
    @Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions,
    private readonly resolver: TenantResolver,
    private readonly early: EarlyResolutions,
    private readonly events: TenancyEventService,
    private readonly telemetry: TenancyTelemetryService,
  ) {}

  /**
   * Lets a handler run without a tenant.
   *
   * @param execution - what Nest is about to run
   * @param edge - its transport
   */
  bypass(execution: ExecutionContext, edge: ExecutionEdge): void {
    edge.enter(execution, {});
    this.#announce(TenancyEvents.CONTEXT_BYPASSED, { reason: 'decorator' }, edge.requestOf(execution));
  }

  /**
   * Lets a handler run for the tenant of its request.
   *
   * @param execution - what Nest is about to run
   * @param edge - its transport
   * @param demand - whether the handler runs without a tenant, too
   * @throws what the request is to be answered with
   */
  async admit(
    execution: ExecutionContext,
    edge: ExecutionEdge,
    demand: Exclude<TenantDemand, 'bypassed'>,
  ): Promise<void> {
    const request = edge.requestOf(execution);
    const resolution = (await this.early.of(request)) ?? (await this.resolver.resolve(request));
    if (resolution.kind === 'refused') throw this.#refuse(resolution, request);
    if (resolution.kind === 'resolved') {
      edge.enter(execution, resolution);
      return this.#welcome(resolution, request);
    }
    if (demand === 'required') throw await this.#absent(resolution, request, edge, execution);
    edge.enter(execution, { actor: resolution.actor });
  }

  #refuse(refused: TenantRefused, request: TenancyRequest): unknown {
    this.#announce(refused.event, refused.payload, request);
    return refused.error;
  }

  async #welcome({ tenantId, disagreement }: TenantResolved, request: TenancyRequest): Promise<void> {
    const { onTenantResolved, timeoutMs } = this.options;
    if (disagreement !== undefined) {
      this.#announce(disagreement.event, disagreement.payload, request);
      this.#logger.warn(
        'The cross-check names another tenant than the request; it is set to "log", so the request passes',
      );
    }
    this.telemetry.setTenantAttribute(tenantId);
    await this.telemetry.withTenantSpan('tenant.resolved', tenantId, () =>
      settleWithin('onTenantResolved', onTenantResolved?.(tenantId, request), timeoutMs),
    );
    this.#announce(TenancyEvents.RESOLVED, { tenantId }, request);
  }

  async #absent(
    { error }: TenantAbsent,
    request: TenancyRequest,
    edge: ExecutionEdge,
    execution: ExecutionContext,
  ): Promise<unknown> {
    this.#announce(TenancyEvents.NOT_FOUND, {}, request);
    const { onTenantNotFound, timeoutMs } = this.options;
    const response = edge.responseOf(execution);
    if (onTenantNotFound === undefined || response === undefined) return error;
    const asked = askTenantNotFound(onTenantNotFound, request, response, error);
    const answer = await settleWithin('onTenantNotFound', asked, timeoutMs);
    // Whatever is thrown or returned from here on would be answered a second time by Nest or by a filter of the
    // application. The request is over, and nothing holds on to this promise.
    return answer === ANSWERED ? new Promise<never>(() => undefined) : answer;
  }

  #announce<E extends keyof TenancyEventMap>(
    event: E,
    payload: Omit<TenancyEventMap[E], 'requestSummary'>,
    request: TenancyRequest,
  ): void {
    if (!this.events.isHeard) return;
    this.events.emit(event, { ...payload, requestSummary: summarizeRequest(request) } as TenancyEventMap[E]);
  }
}
