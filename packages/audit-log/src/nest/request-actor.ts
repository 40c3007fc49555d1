import type { ExecutionContext } from '@nestjs/common';
import { type AuditActor, auditActorOf } from '../context/audit-actor';
import { reportAuditError } from '../context/audit-report';
import type { ActorSource } from '../context/audit-state';
import type { ResolvedAuditLogModuleOptions } from '../options/audit-module-options.schema';
import type { ActorRequest } from '../options/audit-module.options';

/** Who acts; `undefined` where nobody could tell. */
type Told = AuditActor | null | undefined;

/** Asks the application who acts. */
export class ActorExtraction {
  /** @param options - the extractor, and who is told of failures */
  constructor(
    private readonly options: Pick<ResolvedAuditLogModuleOptions, 'actorExtractor' | 'logger' | 'onAuditError'>,
  ) {}

  /** Whether there is somebody to ask. */
  get isPossible(): boolean {
    return this.options.actorExtractor !== undefined;
  }

  /**
   * Asks who acts. Does not throw, nor reject.
   *
   * @param request - what is asked about
   * @param execution - what Nest is about to run, if it is
   */
  ask(request: unknown, execution?: ExecutionContext): Told | Promise<Told> {
    try {
      const found: unknown = this.options.actorExtractor?.(request as ActorRequest, execution);
      return isPromise(found) ? this.#settled(found) : auditActorOf(found);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #settled(found: PromiseLike<unknown>): Promise<Told> {
    try {
      return auditActorOf(await found);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): undefined {
    reportAuditError(this.options, error, { phase: 'context' });
    return undefined;
  }
}

/** Keeps the request, not who acts: guards have yet to find that out. */
export class RequestActor implements ActorSource {
  /**
   * @param extraction - asks
   * @param request - what is asked about
   */
  constructor(
    private readonly extraction: ActorExtraction,
    public request: unknown,
  ) {}

  /** Gives who acts as far as that can be told now. */
  readonly now = (): Told => {
    const told = this.extraction.ask(this.request);
    return isPromise(told) ? undefined : told;
  };
}

const isPromise = (value: unknown): value is Promise<Told> =>
  typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
