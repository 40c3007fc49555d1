import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { type ActorSource, runWithActorSource, runWithChanges } from '../visibility/current-visibility';
import type { VisibilityChange } from '../visibility/visibility';
import { actorSourceOf } from './actor-source';
import { routeVisibility } from './route-visibility';
import type { ResolvedSoftDeleteModuleOptions } from './soft-delete-module.schema';
import { SOFT_DELETE_MODULE_OPTIONS } from './soft-delete.tokens';

/**
 * Runs handlers as their decorators say: `@WithDeleted()` and its like. `SoftDeleteModule` puts it around all handlers, behind
 * the guards, which look things up as if it were not there.
 */
@Injectable()
export class SoftDeleteFilterInterceptor implements NestInterceptor {
  readonly #byHandler = new WeakMap<object, WeakMap<object, readonly VisibilityChange[]>>();
  readonly #options: Pick<ResolvedSoftDeleteModuleOptions, 'actorExtractor'>;

  constructor(
    @Optional() @Inject(SOFT_DELETE_MODULE_OPTIONS) options?: Pick<ResolvedSoftDeleteModuleOptions, 'actorExtractor'>,
  ) {
    this.#options = options ?? {};
  }

  /**
   * Runs the handler.
   *
   * @param execution - what Nest is about to run
   * @param next - runs it
   */
  intercept(execution: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const changes = this.#changesFor(execution.getClass(), execution.getHandler());
    const source = actorSourceOf(this.#options.actorExtractor, execution);
    if (changes.length === 0 && source === undefined) return next.handle();
    // The inner subscription is what is given up when a client disconnects. Nest runs the handler where handle() is called.
    return new Observable((subscriber) => inForce(changes, source, () => next.handle().subscribe(subscriber)));
  }

  /** Looked up once: what decorators say does not change. */
  #changesFor(controller: object, handler: object): readonly VisibilityChange[] {
    let byHandler = this.#byHandler.get(controller);
    if (byHandler === undefined) this.#byHandler.set(controller, (byHandler = new WeakMap()));
    let known = byHandler.get(handler);
    if (known === undefined) byHandler.set(handler, (known = routeVisibility(controller, handler)));
    return known;
  }
}

function inForce<T>(changes: readonly VisibilityChange[], source: ActorSource | undefined, run: () => T): T {
  const changed = changes.length === 0 ? run : (): T => runWithChanges(changes, run);
  return source === undefined ? changed() : runWithActorSource(source, changed);
}
