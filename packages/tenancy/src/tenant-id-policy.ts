import { InvalidTenantIdError, parseTenantId, type TenantId } from '@nestarc/core';
import type { TenantIdFormat } from './tenancy.options';

/** What the policy needs of the module's options. */
export interface TenantIdRules {
  /** Which texts are tenant ids. */
  readonly tenantIdFormat: TenantIdFormat;
  /** The user's own rule, if there is one. */
  readonly validateTenantId?: ((tenantId: string) => boolean | Promise<boolean>) | undefined;
}

/** The rules where nothing is configured. */
export const DEFAULT_RULES: TenantIdRules = Object.freeze({ tenantIdFormat: 'slug' });

/** Longest id of the format `text`. */
const MAX_LENGTH = 255;

/** Longest text looked at: normalisation of a megabyte costs more than its sender should be able to spend. */
const MAX_INPUT = 4 * MAX_LENGTH;

/** PostgreSQL cannot store NUL, and no id has a use for control, format (such as right-to-left marks) or lone surrogates. */
const UNUSABLE = /[\p{Cc}\p{Cf}\p{Cs}]/u;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Brings a text into the canonical form of the format `text`, which every id of the other formats is in already.
 *
 * @param candidate - the text
 * @returns the canonical form, or `undefined` when it can be no tenant id under any rule
 */
export function canonicalText(candidate: unknown): string | undefined {
  if (typeof candidate !== 'string' || candidate.length > MAX_INPUT) return undefined;
  const text = candidate.normalize('NFC').trim();
  return text === '' || text.length > MAX_LENGTH || UNUSABLE.test(text) ? undefined : text;
}

const CANONICAL: Readonly<Record<TenantIdFormat, (candidate: unknown) => TenantId>> = {
  slug: parseTenantId,
  uuid(candidate) {
    if (typeof candidate !== 'string' || !UUID.test(candidate)) throw new InvalidTenantIdError();
    return candidate.toLowerCase() as TenantId;
  },
  text(candidate) {
    const text = canonicalText(candidate);
    if (text === undefined) throw new InvalidTenantIdError();
    return text as TenantId;
  },
};

/** Decides which texts are tenant ids, and turns each into the one way to spell it. */
export class TenantIdPolicy {
  readonly #canonical: (candidate: unknown) => TenantId;
  readonly #validate: TenantIdRules['validateTenantId'];

  constructor(rules: TenantIdRules) {
    this.#canonical = CANONICAL[rules.tenantIdFormat];
    this.#validate = rules.validateTenantId;
  }

  /**
   * Accepts an id that comes from outside.
   *
   * @param candidate - the id as the request spells it
   * @throws InvalidTenantIdError when it is not well formed
   */
  accept(candidate: unknown): TenantId | Promise<TenantId> {
    const tenantId = this.#canonical(candidate);
    return this.#validate === undefined ? tenantId : this.#ask(this.#validate, tenantId);
  }

  /**
   * Accepts an id that the program itself supplies; a user's own rule, which may be asynchronous, is not asked.
   *
   * @param candidate - the id
   * @throws InvalidTenantIdError when it cannot be an id under any rule
   */
  trust(candidate: unknown): TenantId {
    return this.#canonical(candidate);
  }

  async #ask(validate: (tenantId: string) => boolean | Promise<boolean>, tenantId: TenantId): Promise<TenantId> {
    if (!(await validate(tenantId))) throw new InvalidTenantIdError();
    return tenantId;
  }
}
