import type { TenantId } from '@nestarc/core';
import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import type { ExecutionEdge } from '../edge/execution-edge';
import { summarizeRequest } from '../events/request-summary';
import { TenancyEventService } from '../events/tenancy-event.service';
import { type TenancyEventMap, TenancyEvents } from '../events/tenancy-events';
import { ANSWERED, askTenantNotFound } from '../hooks/tenant-not-found';
import type { TenancyRequest } from '../request/tenancy-request';
import type { TenantAbsent, TenantRefused, TenantResolution, TenantResolved } from '../resolution/resolution';
import { andThen, type Eventual } from '../resolution/eventual';
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
  bypass(execution: ExecutionContext, edge: ExecutionEdge): true {
    edge.enter(execution, {});
    this.#announce(TenancyEvents.CONTEXT_BYPASSED, { reason: 'decorator' }, edge.requestOf(execution));
    return true;
  }

  /**
   * Lets a handler run for the tenant of its request.
   *
   * @param execution - what Nest is about to run
   * @param edge - its transport
   * @param demand - whether the handler runs without a tenant, too
   * @throws what the request is to be answered with
   */
  admit(execution: ExecutionContext, edge: ExecutionEdge, demand: Exclude<TenantDemand, 'bypassed'>): Eventual<true> {
    const request = edge.requestOf(execution);
    const resolution = this.resolver.resolve(request);
    if (!(resolution instanceof Promise)) return this.#decide(resolution, request, execution, edge, demand);
    return resolution.then((found) => this.#decide(found, request, execution, edge, demand));
  }

  #decide(
    found: TenantResolution,
    request: TenancyRequest,
    execution: ExecutionContext,
    edge: ExecutionEdge,
    demand: Exclude<TenantDemand, 'bypassed'>,
  ): Eventual<true> {
    this.early.settle(request, found);
    if (found.kind === 'refused') throw this.#refuse(found, request);
    if (found.kind === 'absent' && demand === 'required') return this.#absent(found, request, edge, execution);
    edge.enter(execution, found.kind === 'resolved' ? found : { actor: found.actor });
    return found.kind === 'resolved' ? edge.within(execution, () => this.#welcome(found, request)) : true;
  }

  #refuse(refused: TenantRefused, request: TenancyRequest): unknown {
    this.#announce(refused.event, refused.payload, request);
    return refused.error;
  }

  #welcome({ tenantId, disagreement }: TenantResolved, request: TenancyRequest): Eventual<true> {
    const { onTenantResolved, timeoutMs } = this.options;
    if (disagreement !== undefined) {
      this.#announce(disagreement.event, disagreement.payload, request);
      this.#logger.warn(
        'The cross-check names another tenant than the request; it is set to "log", so the request passes',
      );
    }
    this.telemetry.setTenantAttribute(tenantId);
    if (onTenantResolved === undefined && !this.telemetry.makesSpans) return this.#announceResolved(tenantId, request);
    const hooked = this.telemetry.withTenantSpan('tenant.resolved', tenantId, () =>
      settleWithin('onTenantResolved', onTenantResolved?.(tenantId, request), timeoutMs),
    );
    return andThen(hooked, () => this.#announceResolved(tenantId, request));
  }

  #announceResolved(tenantId: TenantId, request: TenancyRequest): true {
    this.#announce(TenancyEvents.RESOLVED, { tenantId }, request);
    return true;
  }

  async #absent(
    { error }: TenantAbsent,
    request: TenancyRequest,
    edge: ExecutionEdge,
    execution: ExecutionContext,
  ): Promise<never> {
    this.#announce(TenancyEvents.NOT_FOUND, {}, request);
    const { onTenantNotFound, timeoutMs } = this.options;
    const response = edge.responseOf(execution);
    if (onTenantNotFound === undefined || response === undefined) throw error;
    const answer = await askTenantNotFound({ hook: onTenantNotFound, timeoutMs }, request, response, error);
    if (answer !== ANSWERED) throw answer;
    // Whatever is thrown or returned from here on would be answered a second time, by Nest or by a filter of the
    // application. The request is over, and nothing holds on to this promise.
    return new Promise<never>(() => undefined);
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
