import { InvalidOptionsError } from '@nestarc/core';
import type { InjectionToken } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';

/**
 * Gives what an option refers to: the object itself, or the provider under an injection token.
 *
 * @param moduleRef - looks providers up
 * @param reference - the object, or the token
 * @param method - what makes the object one of its kind
 * @param path - path of the option, for the error
 * @throws InvalidOptionsError when nothing of the kind is provided under the token
 */
export function findReferenced<T extends object>(
  moduleRef: ModuleRef,
  reference: T | InjectionToken,
  method: keyof T & string,
  path: string,
): T {
  if (typeof reference === 'object' && method in reference) return reference;
  const token = reference as InjectionToken;
  let provider: Partial<Record<string, unknown>> | undefined;
  try {
    provider = moduleRef.get(token, { strict: false });
  } catch {
    provider = undefined;
  }
  if (typeof provider?.[method] === 'function') return provider as unknown as T;
  const name = typeof token === 'function' ? token.name : String(token);
  const message = `nothing with a method ${method}() is provided under ${name}, in any module`;
  throw new InvalidOptionsError('TenancyModule', [{ path, message }]);
}
