import type { Actor } from '@nestarc/core';
import { ClaimPath } from '../proof/claim-path';
import type { ParsedJwtProofOptions } from './jwt-proof.schema';

/** OpenID Connect Core §5.7: a subject is unique within its issuer, and `iss` and `sub` together name an end-user. */
const ISSUER = new ClaimPath('iss');

/** Tells who acts by the claims of a token: whoever is somebody else has another id. */
export class JwtActor {
  readonly #type: string;
  readonly #subject: ClaimPath;
  readonly #severalIssuers: boolean;

  /** @param options - what is accepted, and where the subject is */
  constructor({
    actorType,
    subjectClaim,
    issuer,
  }: Pick<ParsedJwtProofOptions, 'actorType' | 'subjectClaim' | 'issuer'>) {
    this.#type = actorType;
    this.#subject = new ClaimPath(subjectClaim);
    this.#severalIssuers = issuer === undefined || new Set([issuer].flat()).size > 1;
  }

  /**
   * Reads the actor.
   *
   * @param claims - claims of a token that was verified
   * @throws TypeError when they name none, or do so by anything but texts
   */
  of(claims: Readonly<Record<string, unknown>>): Actor {
    const subject = this.#subject.findText(claims);
    if (subject === undefined) throw new TypeError('The token does not tell who asks');
    return { type: this.#type, id: this.#severalIssuers ? `${issuerOf(claims)}|${subject}` : subject };
  }
}

/** Encoded, an issuer has no `|`, so that no two pairs read alike; one that is not there is the only one that is empty. */
function issuerOf(claims: Readonly<Record<string, unknown>>): string {
  return encodeURIComponent(ISSUER.findText(claims) ?? '');
}
