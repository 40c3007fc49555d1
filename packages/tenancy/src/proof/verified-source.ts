import type { TenantExtractor } from '../extractors/tenant-extractor';
import type { TenantProof } from './tenant-proof';

/** A proof that names the tenant, too, and so serves as `proof`, as `tenantExtractor` and as `crossCheck.extractor`. */
export interface VerifiedTenantSource extends TenantProof, TenantExtractor {
  /** What it reads was verified. */
  readonly verified: true;
  /** What the evidence needs; the same for both roles. */
  readonly needs: 'request' | 'guard';
  /** Whether it ever names a tenant; with `false` it serves as `proof` alone, along with a membership. Defaults to true. */
  readonly namesTenant?: boolean;
}
