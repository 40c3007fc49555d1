import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ResolvedTenancyOptions } from '../tenancy-options.schema';
import { TENANCY_MODULE_OPTIONS } from '../tenancy.tokens';

/** Says once, in production, what it means that nothing proves the tenant of a request. */
@Injectable()
export class TrustNotice implements OnApplicationBootstrap {
  readonly #logger = new Logger('TenancyModule');

  constructor(@Inject(TENANCY_MODULE_OPTIONS) private readonly options: ResolvedTenancyOptions) {}

  /** Called by Nest when the application has booted. */
  onApplicationBootstrap(): void {
    if (process.env['NODE_ENV'] !== 'production' || isProven(this.options)) return;
    this.#logger.warn(
      'Requests choose their tenant freely: neither "proof" nor "membership" is configured, so whoever can send a request ' +
        'to this application can name any tenant and read its data. That is right only where something in front of it ' +
        '(a gateway, a private network) decides what tenant a request may name. Otherwise set "proof", for example to ' +
        'jwtProof() of @nestarc/tenancy/jwt or to userProof().',
    );
  }
}

function isProven({ proof, membership, crossCheck }: ResolvedTenancyOptions): boolean {
  return (
    proof.length > 0 || membership !== undefined || (crossCheck?.required === true && crossCheck.onFailed === 'reject')
  );
}
