import type { TenantEnvelope } from './tenant-envelope';

/** Options of every propagator. */
export interface PropagationOptions {
  /**
   * Signs what is sent, and accepts nothing that is not signed. Defaults to none: whoever can write to the transport can
   * name any tenant.
   */
  readonly envelope?: TenantEnvelope | undefined;
  /** What envelopes are sealed for; one of another purpose is refused. Defaults to the name of the transport. */
  readonly purpose?: string | undefined;
  /** Throws `TenantContextMissingError` where there is no tenant to send. Defaults to false: nothing is sent. */
  readonly required?: boolean | undefined;
}
