import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { BYPASS_TENANCY_KEY } from '../tenancy.tokens';

/**
 * Lets a route, or every route of a controller, run without a tenant: none is resolved or required, and row-level
 * security shows the handler no tenant's rows.
 */
export function BypassTenancy(): CustomDecorator<symbol> {
  return SetMetadata(BYPASS_TENANCY_KEY, true);
}
