import { NestarcError } from '@nestarc/core';
import { requireOptionalPeer } from '@nestarc/core/nest';
import type { JwtHeader, JwtKey } from './jwt-key';

/** Finds the key of a token. */
export type KeyFinder = (header: JwtHeader) => Promise<JwtKey>;

/** What a token is held against; times are in seconds. */
export interface JoseVerifyOptions {
  readonly algorithms: string[];
  readonly issuer?: string | string[];
  readonly audience?: string | string[];
  readonly requiredClaims: string[];
  readonly clockTolerance: number;
  readonly maxTokenAge?: number;
}

/** The part of jose that is used: the same in its versions 5 and 6, whose own types differ. */
export interface JoseLibrary {
  jwtVerify(
    token: string,
    key: KeyFinder,
    options: JoseVerifyOptions,
  ): Promise<{ readonly payload: Readonly<Record<string, unknown>> }>;
  createRemoteJWKSet(
    url: URL,
    options: { readonly timeoutDuration: number; readonly cooldownDuration: number; readonly cacheMaxAge: number },
  ): KeyFinder;
}

/** Thrown when a token is to be checked, and the library that does it is not installed. */
export class JoseMissingError extends NestarcError {
  constructor() {
    super('Install jose (version 5.9 or later, or 6) to check tokens: npm install jose', { code: 'JOSE_MISSING' });
  }
}

/**
 * Loads jose.
 *
 * @throws {@link JoseMissingError} when it is not installed
 */
export function loadJose(): JoseLibrary {
  const jose = requireOptionalPeer('jose') as JoseLibrary | undefined;
  if (jose === undefined) throw new JoseMissingError();
  return jose;
}
