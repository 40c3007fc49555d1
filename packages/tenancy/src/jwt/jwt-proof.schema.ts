import { types } from 'node:util';
import { z } from 'zod';
import { claimName } from '../proof/claim-path';
import { ASYMMETRIC, SECRET_BYTES, type SymmetricJwtAlgorithm } from './jwt-algorithm';
import type { JwtKeyResolver } from './jwt-key';
import type { JwtProofOptions } from './jwt-proof.options';

const ORIGINS = ['secret', 'publicKey', 'jwksUri', 'key'] as const;
const SYMMETRIC = Object.keys(SECRET_BYTES) as SymmetricJwtAlgorithm[];
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const fn = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === 'function', 'expected a function');
const names = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'expected a text, or a list of texts')
  .optional();
const milliseconds = z.number().int().min(0).max(2_147_483_647);

const secret = z.union(
  [
    // A public key under an algorithm of secrets is the classic confusion, and anybody could sign.
    z.string().refine((text) => !text.includes('-----BEGIN'), 'is a key in PEM: give it as "publicKey"'),
    z.custom<Uint8Array>(types.isUint8Array),
  ],
  'expected a secret as a text or as bytes; a key in PEM is given as "publicKey"',
);

const jwksUri = z
  .union([z.string(), z.instanceof(URL)])
  .transform(String)
  .refine(isSafe, 'expected a URL of https, or of http on this machine, without user name and password');

/** Schema of the options of `jwtProof`. */
export const jwtProofSchema = z
  .strictObject({
    secret: secret.optional(),
    publicKey: z.custom<NonNullable<JwtProofOptions['publicKey']>>((value) => value !== null).optional(),
    jwksUri: jwksUri.optional(),
    key: fn<JwtKeyResolver>().optional(),
    jwks: z
      .strictObject({
        timeoutMs: milliseconds.min(1).default(5000),
        cooldownMs: milliseconds.default(30_000),
        cacheMs: milliseconds.default(600_000),
      })
      .prefault({}),
    algorithms: z
      .array(z.enum([...SYMMETRIC, ...ASYMMETRIC]))
      .min(1)
      .optional(),
    issuer: names,
    audience: names,
    dangerouslyAllowAnyIssuer: z.boolean().default(false),
    dangerouslyAllowAnyAudience: z.boolean().default(false),
    tenantClaim: claimName.nullable().default('tenant_id'),
    tenantClaimOptional: z.boolean().default(false),
    subjectClaim: claimName.default('sub'),
    actorType: z.string().min(1).default('user'),
    requireExpiration: z.boolean().default(true),
    clockToleranceMs: milliseconds.max(300_000, 'expected at most five minutes').default(5000),
    maxTokenAgeMs: milliseconds.min(1).optional(),
    token: fn<NonNullable<JwtProofOptions['token']>>().optional(),
  })
  .superRefine((options, context) => {
    const refuse = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const [given, ...others] = ORIGINS.filter((name) => options[name] !== undefined);
    if (given === undefined) refuse([], `expected one of ${ORIGINS.join(', ')}`);
    for (const other of others) refuse([other], `expected only one of ${ORIGINS.join(', ')}; there is "${given}"`);
    const { issuer, audience, dangerouslyAllowAnyIssuer, dangerouslyAllowAnyAudience } = options;
    if ((issuer === undefined) !== dangerouslyAllowAnyIssuer) {
      refuse(['issuer'], 'expected the issuer of the tokens, or else "dangerouslyAllowAnyIssuer: true"');
    }
    if ((audience === undefined) !== dangerouslyAllowAnyAudience) {
      refuse(['audience'], 'expected who the tokens are for, or else "dangerouslyAllowAnyAudience: true"');
    }
  });

/** The options with defaults filled in, before they are held against the key. */
export type ParsedJwtProofOptions = Readonly<z.output<typeof jwtProofSchema>>;

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}
