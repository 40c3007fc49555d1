import { MAX_TOKEN_LENGTH } from '../request/bearer-token';

const JWS = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/;

/**
 * Reads the claims of a token without looking at its signature: they are what somebody says, and nothing more.
 *
 * @param token - the token
 * @returns the claims, or `undefined` when it is no JSON Web Token
 */
export function unverifiedClaims(token: string): object | undefined {
  const payload = token.length > MAX_TOKEN_LENGTH ? undefined : JWS.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(payload, 'base64url'));
    const claims: unknown = JSON.parse(text);
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
