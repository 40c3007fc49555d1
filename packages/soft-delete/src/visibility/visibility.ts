/** Which rows of a model a query sees: the active ones, all of them, or only the deleted ones. */
export type FilterMode = 'default' | 'withDeleted' | 'onlyDeleted';

/** What the code that asks has said about deleted rows. */
export interface Visibility {
  /**
   * Tells which rows of a model are seen.
   *
   * @param model - name of the model
   */
  modeOf(model: string): FilterMode;
  /**
   * Tells whether a model is left alone altogether: nothing is filtered, and a delete is a real one.
   *
   * @param model - name of the model
   */
  isSkipped(model: string): boolean;
  /** Relations whose deleted rows are seen, as paths from the root of a query: `posts.comments`. */
  readonly relationPaths: ReadonlySet<string>;
}

/** Stands for every model. */
export const ALL_MODELS = '*';

/** What can be said about deleted rows; what is left out stays as it is. */
export interface VisibilityChange {
  /** Mode per model, {@link ALL_MODELS} for all of them. */
  readonly modes?: ReadonlyMap<string, FilterMode>;
  /** Models to leave alone, {@link ALL_MODELS} for all of them. */
  readonly skipped?: ReadonlySet<string>;
  /** Relations whose deleted rows are seen. */
  readonly relationPaths?: ReadonlySet<string>;
  /** Who acts, instead of the actor of the request; null for nobody. */
  readonly actorId?: string | null | undefined;
}

/** An immutable {@link Visibility}. Names of models are compared without regard to case, as the options are. */
export class VisibilityState implements Visibility {
  readonly relationPaths: ReadonlySet<string>;
  /** Who acts, where that was said; undefined for the actor of the request. */
  readonly actorId: string | null | undefined;
  readonly #modes: ReadonlyMap<string, FilterMode>;
  readonly #skipped: ReadonlySet<string>;

  /** @param said - what was said */
  constructor(said: VisibilityChange = {}) {
    this.#modes = new Map([...(said.modes ?? [])].map(([model, mode]) => [model.toLowerCase(), mode]));
    this.#skipped = new Set([...(said.skipped ?? [])].map((model) => model.toLowerCase()));
    this.relationPaths = said.relationPaths ?? new Set();
    this.actorId = said.actorId;
  }

  modeOf(model: string): FilterMode {
    if (this.#modes.size === 0) return 'default';
    return this.#modes.get(model.toLowerCase()) ?? this.#modes.get(ALL_MODELS) ?? 'default';
  }

  isSkipped(model: string): boolean {
    return this.#skipped.size > 0 && (this.#skipped.has(ALL_MODELS) || this.#skipped.has(model.toLowerCase()));
  }

  /**
   * Adds to what was said. A mode for all models takes the place of those for single ones.
   *
   * @param change - what is said in addition
   */
  with(change: VisibilityChange): VisibilityState {
    const replaced = change.modes?.has(ALL_MODELS) === true ? [] : this.#modes;
    return new VisibilityState({
      modes: new Map([...replaced, ...lowerCased(change.modes ?? new Map<string, FilterMode>())]),
      skipped: new Set([...this.#skipped, ...(change.skipped ?? [])]),
      relationPaths: new Set([...this.relationPaths, ...(change.relationPaths ?? [])]),
      actorId: change.actorId === undefined ? this.actorId : change.actorId,
    });
  }
}

const lowerCased = (modes: ReadonlyMap<string, FilterMode>): [string, FilterMode][] =>
  [...modes].map(([model, mode]) => [model.toLowerCase(), mode]);
