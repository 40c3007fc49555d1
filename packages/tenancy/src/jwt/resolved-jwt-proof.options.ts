import { InvalidOptionsError, type OptionProblem, resolveOptions } from '@nestarc/core';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { algorithmsOf, isSymmetric, type JwtAlgorithm, SECRET_BYTES, USUAL } from './jwt-algorithm';
import { type JwtKeyResolver, readPublicKey } from './jwt-key';
import type { JwtProofOptions } from './jwt-proof.options';
import { jwtProofSchema, type ParsedJwtProofOptions } from './jwt-proof.schema';

/** Where keys come from. */
export type KeyOrigin =
  | { readonly kind: 'fixed'; readonly key: KeyObject }
  | { readonly kind: 'remote'; readonly uri: URL; readonly jwks: ParsedJwtProofOptions['jwks'] }
  | { readonly kind: 'resolver'; readonly resolve: JwtKeyResolver };

/** The options as the proof works with them. */
export interface ResolvedJwtProofOptions extends ParsedJwtProofOptions {
  readonly origin: KeyOrigin;
  readonly algorithms: JwtAlgorithm[];
}

const OWNER = 'jwtProof';

/**
 * Validates the options of the proof and fills in the defaults.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveJwtProofOptions(options: JwtProofOptions): ResolvedJwtProofOptions {
  const parsed = resolveOptions(OWNER, jwtProofSchema, options);
  const [origin, usual] = originOf(parsed);
  const algorithms = [...(parsed.algorithms ?? usual)];
  const problems = algorithms.flatMap((algorithm, index) => {
    const message = unfitness(algorithm, algorithms, origin);
    return message === undefined ? [] : [{ path: `algorithms[${index}]`, message }];
  });
  problems.push(...shortness(origin, algorithms));
  if (problems.length > 0) throw new InvalidOptionsError(OWNER, problems);
  return Object.freeze({ ...parsed, origin, algorithms });
}

function originOf(parsed: ParsedJwtProofOptions): readonly [KeyOrigin, readonly JwtAlgorithm[]] {
  const { secret, publicKey, jwksUri, jwks, key: resolve } = parsed;
  if (secret !== undefined) return [{ kind: 'fixed', key: createSecretKey(Buffer.from(secret)) }, ['HS256']];
  if (jwksUri !== undefined) return [{ kind: 'remote', uri: new URL(jwksUri), jwks }, USUAL];
  if (resolve !== undefined) return [{ kind: 'resolver', resolve }, USUAL];
  const key = publicKeyOf(publicKey);
  const able = algorithmsOf(key);
  const usual = able.filter((algorithm) => USUAL.includes(algorithm));
  return [{ kind: 'fixed', key }, usual.length > 0 ? usual : able];
}

function publicKeyOf(value: unknown): KeyObject {
  let key: KeyObject;
  try {
    key = readPublicKey(value);
  } catch (error) {
    throw new InvalidOptionsError(OWNER, [{ path: 'publicKey', message: (error as Error).message }]);
  }
  if (algorithmsOf(key).length > 0) return key;
  const message = 'expected a key of RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519';
  throw new InvalidOptionsError(OWNER, [{ path: 'publicKey', message }]);
}

/** A public key is no secret: whoever has it could sign with it, if an algorithm of secrets were accepted. */
function unfitness(algorithm: JwtAlgorithm, all: readonly JwtAlgorithm[], origin: KeyOrigin): string | undefined {
  const secret = origin.kind === 'fixed' && origin.key.type === 'secret';
  if (secret) return isSymmetric(algorithm) ? undefined : `"${algorithm}" does not work with a secret`;
  if (origin.kind === 'resolver') {
    const mixed = isSymmetric(algorithm) && !all.every(isSymmetric);
    return mixed ? `"${algorithm}" must not be accepted along with algorithms of public keys` : undefined;
  }
  if (isSymmetric(algorithm)) return `"${algorithm}" does not work with public keys`;
  if (origin.kind === 'remote' || algorithmsOf(origin.key).includes(algorithm)) return undefined;
  return `"${algorithm}" does not work with this public key`;
}

function shortness(origin: KeyOrigin, algorithms: readonly JwtAlgorithm[]): OptionProblem[] {
  if (origin.kind !== 'fixed' || origin.key.type !== 'secret') return [];
  const needed = Math.max(...algorithms.filter(isSymmetric).map((algorithm) => SECRET_BYTES[algorithm]));
  if ((origin.key.symmetricKeySize ?? 0) >= needed) return [];
  return [{ path: 'secret', message: `expected at least ${needed} bytes` }];
}
