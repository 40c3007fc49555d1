import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { TENANT_OPTIONAL_KEY } from '../tenancy.tokens';

/**
 * Lets a route, or every route of a controller, be asked with and without a tenant: one that is named is verified as
 * everywhere, and a request that names none runs without, where row-level security shows it no tenant's rows.
 */
export function TenantOptional(): CustomDecorator<symbol> {
  return SetMetadata(TENANT_OPTIONAL_KEY, true);
}
