import { InvalidOptionsError, resolveOptions } from '@nestarc/core';
import { ModelMetadata } from '@nestarc/prisma';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { publishedShape } from './audit-extension-options.schema';
import type { AuditLogModuleOptions } from './audit-module.options';
import type { AuditLogger, AuditReportingOptions } from './audit-reporting.options';
import { reportingShape } from './audit-reporting.schema';
import type { AuditServiceOptions } from './audit-service.options';
import { resolveAuditServiceOptions } from './audit-service-options.schema';

/** Opens the messages of what the module refuses. */
export const MODULE = 'AuditLogModule';

/** The options as the module works with them. */
export interface ResolvedAuditLogModuleOptions extends AuditReportingOptions {
  /** Tells who acts. */
  readonly actorExtractor: AuditLogModuleOptions['actorExtractor'] | undefined;
  /** Tells the correlation id. */
  readonly correlationIdGetter: AuditLogModuleOptions['correlationIdGetter'] | undefined;
  /** The Prisma client. */
  readonly prisma: object;
  /** Options of the service, as they were given. */
  readonly service: AuditServiceOptions;
  /** Routes without a scope of their own. */
  readonly excludeRoutes: NonNullable<AuditLogModuleOptions['excludeRoutes']>;
  /** Whether the interceptor stands around all handlers. */
  readonly registerGlobalInterceptor: boolean;
  /** Names under which the correlation id is looked for. */
  readonly correlationIdHeaders: readonly string[];
  /** Takes failures. */
  readonly logger: AuditLogger;
}

const aFunction = <T>() => z.custom<T>((value) => typeof value === 'function', 'expected a function');
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const route = z.custom<string | object>(
  (value) => typeof value === 'string' || typeof (value as { path?: unknown } | null)?.path === 'string',
  'expected a path, or { path, method }',
);

const schema = z.looseObject({
  ...publishedShape,
  ...reportingShape,
  prisma: z.custom<object>(
    isObject,
    'expected the Prisma client of the application, or a service that holds it as "client"',
  ),
  actorExtractor: aFunction<AuditLogModuleOptions['actorExtractor']>().optional(),
  excludeRoutes: z.array(route).default([]),
  registerGlobalInterceptor: z.boolean().default(true),
  correlationIdHeader: z.string().min(1).default('x-request-id'),
  correlationIdGetter: aFunction<AuditLogModuleOptions['correlationIdGetter']>().optional(),
});

/**
 * Validates the options and fills in the defaults; those of the service stay as they are, so that the extension's may come in.
 *
 * @param options - what the user passed
 * @throws InvalidOptionsError naming the path of every refused option
 */
export function resolveAuditLogModuleOptions(options: AuditLogModuleOptions): ResolvedAuditLogModuleOptions {
  const {
    prisma,
    actorExtractor,
    excludeRoutes,
    registerGlobalInterceptor,
    correlationIdHeader,
    correlationIdGetter,
    onAuditError,
    logger = new Logger(MODULE),
    ...published
  } = resolveOptions(MODULE, schema, options);
  const service = Object.fromEntries(Object.entries(published).filter(([key]) => !(key in publishedShape)));
  resolveAuditServiceOptions(service);
  return Object.freeze({
    prisma: clientIn(prisma),
    service,
    actorExtractor,
    excludeRoutes: excludeRoutes as ResolvedAuditLogModuleOptions['excludeRoutes'],
    registerGlobalInterceptor,
    correlationIdHeaders: [...new Set([correlationIdHeader, correlationIdHeader.toLowerCase()])],
    correlationIdGetter,
    onAuditError,
    logger,
  });
}

function clientIn(given: object): object {
  const held = (given as { readonly client?: unknown }).client;
  const found = [held, given].find(isPrismaClient);
  if (found !== undefined) return found;
  const message = 'is no Prisma client, and holds none as "client"';
  throw new InvalidOptionsError(MODULE, [{ path: 'prisma', message }]);
}

function isPrismaClient(value: unknown): value is object {
  try {
    return ModelMetadata.of(value).names.length >= 0;
  } catch {
    return false;
  }
}
