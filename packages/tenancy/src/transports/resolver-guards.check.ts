import { NestarcError } from '@nestarc/core';
import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { fieldResolversOf } from './handler-kinds';

/** Where @nestjs/graphql keeps its options, from version 10 on. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';
const SCHEMA_HOST = 'GraphQLSchemaHost';

/** Thrown at boot for a resolver that clients of GraphQL reach past all guards. */
export class UnguardedResolverError extends NestarcError {
  /** @param method - class and method */
  constructor(method: string) {
    super(
      `Clients of GraphQL reach ${method} without a query or a mutation that is guarded, and Nest runs no guards for it; set ` +
        "fieldResolverEnhancers: ['guards'] in the options of GraphQLModule, or mark it with @BypassTenancy()",
      { code: 'TENANT_RESOLVER_UNGUARDED' },
    );
  }
}

type GraphqlModule = ModulesContainer extends Map<string, infer M> ? M : never;

interface GraphqlOptions {
  readonly fieldResolverEnhancers?: readonly string[];
}

interface SchemaHost {
  readonly schema: { getQueryType(): { getFields(): object } | null | undefined };
}

/**
 * Makes sure that every resolver that clients reach is guarded. Nest guards queries, mutations and subscriptions, and what
 * they return is resolved behind them. The reference resolvers of a subgraph are called by the field `_entities`, which is
 * nobody's method; so are, for a reference that nothing resolves, the resolvers of its fields.
 *
 * @param modules - the modules of the application
 * @throws {@link UnguardedResolverError} for the first that is not guarded
 */
export function checkResolversGuarded(modules: ModulesContainer): void {
  const unguarded = [...modules.values()].filter(leavesFieldsUnguarded);
  if (unguarded.length === 0) return;
  const isSubgraph = unguarded.some(servesEntities);
  for (const { providers } of modules.values()) {
    for (const { metatype, isNotMetatype } of providers.values()) {
      if (isNotMetatype || typeof metatype !== 'function') continue;
      const reached = fieldResolversOf(metatype as Type).find(({ isEntry }) => isEntry || isSubgraph);
      if (reached !== undefined) throw new UnguardedResolverError(`${metatype.name}.${reached.name}`);
    }
  }
}

function leavesFieldsUnguarded({ providers }: GraphqlModule): boolean {
  const wrapper = providers.get(GRAPHQL_OPTIONS);
  if (wrapper === undefined) return false;
  const options = wrapper.instance as GraphqlOptions | undefined;
  return options?.fieldResolverEnhancers?.includes('guards') !== true;
}

function servesEntities({ providers }: GraphqlModule): boolean {
  const host = [...providers.values()].find(({ name }) => name === SCHEMA_HOST)?.instance as SchemaHost | undefined;
  try {
    return Object.hasOwn(host?.schema.getQueryType()?.getFields() ?? {}, '_entities');
  } catch {
    // There is no schema where nothing is served, as in a script.
    return false;
  }
}
