import { resolveOptions } from '@nestarc/core';
import { z } from 'zod';
import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenantEvidence, TenantProof } from '../proof/tenant-proof';
import { singleHeader } from '../request/single-header';
import type { TenancyRequest } from '../request/tenancy-request';
import { PURPOSE } from './envelope-payload';
import { envelopeOption, headerNameOption } from './propagation-options.schema';
import { looksSealed, type OpenedTenantEnvelope, type TenantEnvelope } from './tenant-envelope';

/** Options of `envelopeProof`. */
export interface EnvelopeProofOptions {
  /** Name of the header with the envelope. Defaults to `x-tenant-id`. */
  readonly headerName?: string | undefined;
  /** What envelopes must have been sealed for; one of several. Defaults to `http`. */
  readonly purpose?: string | readonly string[] | undefined;
}

/** Proves the tenant of a request by the envelope another service has sealed, and finds it there. */
export interface EnvelopeProof extends TenantProof, TenantExtractor {
  /**
   * Opens the envelope.
   *
   * @param request - the request
   * @returns what it tells, or `undefined` when the header is absent or holds something that does not claim to be one
   * @throws TenantProofInvalidError when it is a bad one
   * @throws RepeatedHeaderError when the header was sent more than once
   */
  prove(request: TenancyRequest): TenantEvidence | undefined;
  /**
   * Opens the envelope.
   *
   * @param request - the request
   * @returns the tenant it names, or `null` when the request has none
   * @throws TenantProofInvalidError when it is a bad one
   * @throws RepeatedHeaderError when the header was sent more than once
   */
  extract(request: TenancyRequest): string | null;
  /** What it finds was signed. */
  readonly verified: true;
}

const purpose = z.string().regex(PURPOSE, 'expected a word such as "http"');

const schema = z.strictObject({
  envelope: envelopeOption,
  headerName: headerNameOption.default('x-tenant-id').transform((name) => name.toLowerCase()),
  purpose: z
    .union([purpose.transform((one) => [one]), z.array(purpose).min(1)], 'expected a word such as "http", or a list')
    .default(['http']),
});

/**
 * Makes the proof for a service that is called by others, with the envelopes their propagators seal. The header then holds
 * the envelope, not the id: configure the module with `proof: envelopeProof(envelope)` and no `tenantExtractor`, or with
 * what this returns for both.
 *
 * @param envelope - the envelope, with a key of the services that call
 * @param options - where it is found, and what for it must have been sealed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function envelopeProof(envelope: TenantEnvelope, options: EnvelopeProofOptions = {}): EnvelopeProof {
  const resolved = resolveOptions('envelopeProof', schema, { ...options, envelope });
  const open = (request: TenancyRequest): OpenedTenantEnvelope | undefined => {
    const text = singleHeader(request, resolved.headerName);
    return text === undefined || !looksSealed(text) ? undefined : resolved.envelope.open(text, resolved.purpose);
  };
  return Object.freeze<EnvelopeProof>({
    needs: 'request',
    verified: true,
    extract: (request) => open(request)?.tenantId ?? null,
    prove(request) {
      const opened = open(request);
      return opened && { tenantId: opened.tenantId, actor: opened.actor, principal: opened };
    },
  });
}
