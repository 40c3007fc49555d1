import type { ConfigurableModuleAsyncOptions, InjectionToken } from '@nestjs/common';

/**
 * The request that an {@link ActorExtractor} is given: that of Express or Fastify, as the guards have left it. An extractor that
 * looks at more of it names the platform's own type.
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
  /** Headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Tells who acts in a request; asked when rows are deleted or restored, behind the guards. */
export type ActorExtractor = NonNullable<SoftDeleteModuleOptions['actorExtractor']>;

/** Options of `SoftDeleteModule.forRoot`. Those that the extension has, too, may be left out: its own count. */
export interface SoftDeleteModuleOptions {
  /**
   * Token of the Prisma client, or of a service that holds it as `client`. Whichever module provides it; it has to be extended
   * with `createPrismaSoftDeleteExtension`.
   */
  readonly prismaServiceToken: InjectionToken;
  /**
   * Tells who acts, for `deletedBy` and the events. Asked when rows are deleted. Defaults to the actor of the request context,
   * which also counts when it tells nothing.
   *
   * @param request - the request, as the guards have left it
   */
  actorExtractor?(request: ActorRequest): string | null | undefined;
  /** Announces deletions, restorations and purges through `@nestjs/event-emitter`, after their commit. Defaults to false. */
  readonly enableEvents?: boolean | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly softDeleteModels?: readonly string[] | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly deletedAtField?: string | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly deletedByField?: string | null | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly deletionIdField?: string | null | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly cascade?: Readonly<Record<string, readonly string[]>> | undefined;
  /** As the extension has it; anything else is refused at boot. Defaults to what the extension has. */
  readonly maxCascadeDepth?: number | undefined;
  /** Accepted for compatibility and not needed: the schema is read from the client. */
  readonly dmmf?: unknown;
}

/** What the factory of `SoftDeleteModule.forRootAsync` makes: everything but the token, which has to be known before. */
export type SoftDeleteModuleFactoryOptions = Omit<SoftDeleteModuleOptions, 'prismaServiceToken'>;

/** What `useClass` and `useExisting` of `SoftDeleteModule.forRootAsync` implement. */
export interface SoftDeleteModuleOptionsFactory {
  /** Makes the options, while the application boots. */
  createSoftDeleteOptions(): SoftDeleteModuleFactoryOptions | Promise<SoftDeleteModuleFactoryOptions>;
}

/** What `SoftDeleteModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`, and the token. */
export type SoftDeleteModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  SoftDeleteModuleFactoryOptions,
  'createSoftDeleteOptions'
> & {
  /** See {@link SoftDeleteModuleOptions}. */
  readonly prismaServiceToken: InjectionToken;
  /** Makes the module's exports available everywhere. Defaults to true. */
  readonly isGlobal?: boolean;
};
