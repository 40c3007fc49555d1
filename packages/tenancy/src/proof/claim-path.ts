import { z } from 'zod';

/** What every object inherits; nobody means these by a claim. */
const INHERITED: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/** Schema of an option that names a claim. */
export const claimName = z
  .string()
  .min(1, 'expected the name of a claim, such as "tenantId" or "org.id"')
  .refine(
    (path) => !path.split('.').some((key) => INHERITED.has(key)),
    'is the name of something every object inherits',
  );

type Fields = Readonly<Record<string, unknown>>;

/** Finds a claim: by its literal name (`https://example.com/tenant`), else by a path with dots (`org.id`). */
export class ClaimPath {
  readonly #name: string;
  readonly #keys: readonly string[];

  /** @param name - name or path of the claim */
  constructor(name: string) {
    this.#name = name;
    this.#keys = name.split('.');
  }

  /**
   * Finds the claim.
   *
   * @param claims - a user, the claims of a token
   * @returns its value; `undefined` when there is none, or when it is null
   * @throws TypeError when something on the way to it is no object
   */
  find(claims: object): unknown {
    if (has(claims, this.#name)) return (claims as Fields)[this.#name] ?? undefined;
    let value: unknown = claims;
    for (const key of this.#keys) {
      if (value === undefined || value === null) return undefined;
      if (typeof value !== 'object' || Array.isArray(value)) {
        throw new TypeError(`The claim "${this.#name}" is looked for in something that is no object`);
      }
      value = has(value, key) ? (value as Fields)[key] : undefined;
    }
    return value ?? undefined;
  }

  /**
   * Finds the text of the claim. Nothing is converted: `["acme"]` and `{}` are texts to `String()`, and no tenant's id.
   *
   * @param claims - a user, the claims of a token
   * @returns the text, or `undefined` when there is no such claim
   * @throws TypeError when it is something else than a text, or empty
   */
  findText(claims: object): string | undefined {
    const value = this.find(claims);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw new TypeError(`The claim "${this.#name}" is not a text, or is empty`);
  }
}

/** Accessors of a user's own class count; what somebody managed to put on `Object.prototype` does not. */
function has(object: object, key: string): boolean {
  for (let one: unknown = object; one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    if (Object.hasOwn(one as object, key)) return true;
  }
  return false;
}
