import { inspect } from 'node:util';
import { SoftDeleteContext } from '../../src/visibility/soft-delete-context';
import { ask, type Outcome } from './ask';
import { SOFT, type Variant } from './clusters';
import { isSame } from './compare';
import type { OracleWorld } from './oracle-world';
import type { Query } from './query';
import { goesOnFromRow, isOrdered, ordersBy } from './query-shape';
import { isOptionalKey } from './random-filter';
import { shrink } from './shrink';

/** Failures of queries that are none. */
const MALFORMED = ['PrismaClientValidationError', 'PrismaClientRustPanicError', 'TypeError'];

/** Compares what is answered where deleted rows are hidden with what is answered where they are gone. */
export class Oracle {
  /** Queries ordered by relations to hidden rows: refused, or compared. */
  readonly orders = { refused: 0, compared: 0 };
  asked = 0;
  answered = 0;
  readonly #optionalKeys: ReadonlySet<string>;

  constructor(
    private readonly world: OracleWorld,
    private readonly seed: number,
  ) {
    const { metadata } = world;
    const fields = metadata.names.flatMap((name) => {
      const info = metadata.model(name);
      return info === undefined ? [] : info.fields.filter((field) => isOptionalKey(info, field.name));
    });
    this.#optionalKeys = new Set(fields.map(({ name }) => name));
  }

  /** Puts a query to both; throws the smallest query that tells them apart. */
  async check(variant: Variant, query: Query): Promise<void> {
    if (await this.#agrees(variant, query)) return;
    const smallest = await shrink(query, async (smaller) => {
      const outcomes = await this.#outcomes(variant, smaller);
      // Parts that are missing make queries that Prisma refuses, which is another matter.
      return !outcomes.some((outcome) => failedWith(outcome, MALFORMED)) && !(await this.#agrees(variant, smaller));
    });
    const [answer, expected] = await this.#outcomes(variant, smallest);
    const found = { seed: this.seed, variant: variant.name, query: smallest, answer, expected };
    throw new Error(`deleted rows make a difference: ${inspect(found, { depth: 20 })}`);
  }

  async #agrees(variant: Variant, query: Query): Promise<boolean> {
    const { metadata, enforcement } = this.world;
    const [answer, expected] = await this.#outcomes(variant, query);
    this.asked += 1;
    if ('answer' in answer && hasContent(answer.answer)) this.answered += 1;
    const isHidden = (model: string): boolean => SOFT.includes(model) && !variant.seen.includes(model);
    if (ordersBy(metadata, query, isHidden)) {
      const isRefused = failedWith(answer, ['SOFT_DELETE_ORDER_UNSUPPORTED']);
      this.orders[isRefused ? 'refused' : 'compared'] += 1;
      if (enforcement === 'client') return isRefused;
      if (isRefused && goesOnFromRow(metadata, query)) return true;
    }
    const except = variant.keys === 'nulled' ? this.#optionalKeys : new Set<string>();
    return isSame(answer, expected, { isOrdered: isOrdered(metadata, query), except });
  }

  #outcomes({ name, seen }: Variant, query: Query): Promise<[Outcome, Outcome]> {
    const { client } = this.world;
    const store = { filterMode: 'withDeleted', skipSoftDelete: false, models: seen } as const;
    const asked = seen.length === 0 ? ask(client, query) : SoftDeleteContext.run(store, () => ask(client, query));
    return Promise.all([asked, ask(this.world.twin(name), query)]);
  }
}

const hasContent = (answer: unknown): boolean =>
  answer !== null && answer !== 0 && !(Array.isArray(answer) && answer.length === 0);

/** Whether a query, or one of several, came to one of the failures. */
function failedWith(outcome: Outcome, codes: readonly string[]): boolean {
  if ('failure' in outcome) return codes.includes(outcome.failure);
  const parts: unknown[] = Array.isArray(outcome.answer) ? outcome.answer : [];
  return parts.some((part) => isFailure(part) && failedWith(part, codes));
}

const isFailure = (part: unknown): part is Outcome => typeof part === 'object' && part !== null && 'failure' in part;
