import { InvalidTenantIdError, parseTenantId, type TenantId } from '@nestarc/core';
import type { ResolvedTenancyOptions } from './tenancy.options';

/** Longest id a user's own rule is asked about. */
const MAX_LENGTH = 255;

/** PostgreSQL cannot store NUL, and no id has a use for the other control characters. */
const CONTROL_CHARACTER = /\p{Cc}/u;

/** Decides which tenant ids are well formed: by the built-in rule, or by the user's own. */
export class TenantIdPolicy {
  readonly #validate: ResolvedTenancyOptions['validateTenantId'];

  constructor(options: Pick<ResolvedTenancyOptions, 'validateTenantId'>) {
    this.#validate = options.validateTenantId;
  }

  /**
   * Accepts an id that comes from outside.
   *
   * @param candidate - the id as the request spells it
   * @throws InvalidTenantIdError when it is not well formed
   */
  async accept(candidate: unknown): Promise<TenantId> {
    const tenantId = this.trust(candidate);
    if (this.#validate !== undefined && !(await this.#validate(tenantId))) throw new InvalidTenantIdError();
    return tenantId;
  }

  /**
   * Accepts an id that the program itself supplies; a user's own rule, which may be asynchronous, is not asked.
   *
   * @param candidate - the id
   * @throws InvalidTenantIdError when it cannot be an id under any rule
   */
  trust(candidate: unknown): TenantId {
    if (this.#validate === undefined) return parseTenantId(candidate);
    const wellFormed =
      typeof candidate === 'string' &&
      candidate !== '' &&
      candidate.length <= MAX_LENGTH &&
      !CONTROL_CHARACTER.test(candidate);
    if (!wellFormed) throw new InvalidTenantIdError();
    return candidate as TenantId;
  }
}
