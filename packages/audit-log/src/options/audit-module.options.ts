import type { ConfigurableModuleAsyncOptions, ExecutionContext, RequestMethod } from '@nestjs/common';
import type { AuditActor } from '../context/audit-actor';
import type { PrismaModuleLike } from './audit-extension.options';
import type { AuditReportingOptions } from './audit-reporting.options';
import type { AuditServiceOptions } from './audit-service.options';

/**
 * What an {@link ActorExtractor} is given: the request of Express or Fastify, as the guards have left it, also for operations
 * of GraphQL; the client of a WebSocket; the context of a message. An extractor that looks at more of it names the type itself.
 */
export interface ActorRequest {
  /** Whoever an authentication guard has verified. */
  readonly user?:
    | {
        /** Their id. */
        readonly id?: string | null;
        /** Their id, as tokens call it. */
        readonly sub?: string | null;
      }
    | null
    | undefined;
  /** Address that the request came from. */
  readonly ip?: string | undefined;
  /** Headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A route, as Nest's `exclude()` takes it. */
export interface AuditExcludedRoute {
  /** Its path. */
  readonly path: string;
  /** Its method. */
  readonly method: RequestMethod;
}

/** Tells who acts in a request. */
export type ActorExtractor = NonNullable<AuditLogModuleOptions['actorExtractor']>;

/** Options of `AuditLogModule`. */
export interface AuditLogModuleOptions extends AuditServiceOptions, AuditReportingOptions {
  /** The Prisma client of the application, or a service that holds it as `client`. */
  readonly prisma: object;
  /**
   * Tells who acts: asked behind the guards, ahead of pipes and handler; and, where a guard writes, by that write, whose actor it
   * can only name at once. Where it throws, nobody is recorded and the failure is reported. Defaults to the actor of the request
   * context, which also counts when it names nobody.
   *
   * @param request - see {@link ActorRequest}
   * @param execution - what Nest is about to run; absent where a guard, or middleware, writes
   */
  actorExtractor?(
    request: ActorRequest,
    execution?: ExecutionContext,
  ): AuditActor | null | undefined | Promise<AuditActor | null | undefined>;
  /** Routes whose changes are recorded without an actor of the extractor, as Nest's `exclude()` takes them. Defaults to none. */
  readonly excludeRoutes?: readonly (string | AuditExcludedRoute)[] | undefined;
  /** Whether `AuditInterceptor` stands around all handlers. Defaults to true. */
  readonly registerGlobalInterceptor?: boolean | undefined;
  /** Header with the correlation id. Defaults to `x-request-id`; without the header it is the id of the request. */
  readonly correlationIdHeader?: string | undefined;
  /**
   * Tells the correlation id, instead of the header. Defaults to looking at the header.
   *
   * @param request - the request, of Fastify as Node has it
   */
  correlationIdGetter?(request: ActorRequest): string | null | undefined;
  /** Accepted for compatibility and not needed: the schema is read from the client. */
  readonly prismaModule?: PrismaModuleLike | undefined;
}

/** What `useClass` and `useExisting` of `AuditLogModule.forRootAsync` implement. */
export interface AuditLogModuleOptionsFactory {
  /** Makes the options, while the application boots. */
  createAuditLogOptions(): AuditLogModuleOptions | Promise<AuditLogModuleOptions>;
}

/** What `AuditLogModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`. */
export type AuditLogModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  AuditLogModuleOptions,
  'createAuditLogOptions'
> & {
  /** Makes the module's exports available everywhere. Defaults to true. */
  readonly isGlobal?: boolean;
};
