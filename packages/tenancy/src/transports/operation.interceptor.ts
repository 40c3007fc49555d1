import { runWithContext } from '@nestarc/core';
import type { NestInterceptor } from '@nestjs/common';
import { rememberedContext } from './execution-contexts';
import { handleWithin } from './handle-within';

/**
 * Runs operations of GraphQL in the context the guard has decided on, where that is not the one of the request. It is the
 * same for all applications of a process: Nest does not look up the classes of a resolver's interceptors where the resolver
 * is provided under another token.
 */
export const operationInterceptor: NestInterceptor = Object.freeze({
  intercept(execution, next) {
    const context = rememberedContext(execution);
    return context === undefined ? next.handle() : handleWithin(next, (run) => runWithContext(context, run));
  },
} satisfies NestInterceptor);
