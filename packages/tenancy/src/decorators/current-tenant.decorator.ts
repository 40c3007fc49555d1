import { currentContext } from '@nestarc/core';
import { createParamDecorator } from '@nestjs/common';

/** Injects the current tenant's id into a handler's parameter; `null` when there is none. */
export const CurrentTenant: () => ParameterDecorator = createParamDecorator(
  (): string | null => currentContext()?.tenantId ?? null,
);
