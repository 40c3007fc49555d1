import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type Type } from '@nestjs/common';
import { GraphQLModule, Parent, Query, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { ResolversExplorerService } from '@nestjs/graphql/dist/services/resolvers-explorer.service.js';
import { type ServedApp, serveOn } from '@nestarc/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BypassTenancy, TenancyModule, type TenancyModuleOptions } from '../../src';
import { post } from './graphql-fixture';
import { ran, tenantNow, tokenProof } from './ws-fixture';

const STRICT: TenancyModuleOptions = { tenantExtractor: 'X-Tenant-Id', proof: tokenProof };
const A = { 'x-tenant-id': 'a', authorization: 'token-a' };
const note = (handler: string): string => {
  ran.push({ handler, tenantId: tenantNow() });
  return handler;
};

@Resolver('Thing')
class ReferenceResolver {
  @Query('version')
  version(): string {
    return note('version');
  }

  @ResolveReference()
  resolveReference(reference: { id: string }): unknown {
    note('reference');
    return { __typename: 'Thing', id: reference.id };
  }
}

@BypassTenancy()
@Resolver('Thing')
class PublicResolver extends ReferenceResolver {}

@Resolver('Thing')
class FieldResolver {
  @ResolveField('name')
  name(@Parent() _thing: unknown): string {
    return note('name');
  }
}

@Resolver('Query')
class RootResolver {
  @ResolveField('version')
  version(): string {
    return note('version');
  }
}

interface Subgraph {
  readonly resolvers: readonly Type[];
  readonly entities?: boolean;
  readonly enhancers?: ('guards' | 'interceptors')[];
  readonly options?: TenancyModuleOptions;
}

let app: ServedApp | undefined;
beforeEach(() => void ran.splice(0));
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** What `buildSubgraphSchema` of @apollo/subgraph makes of the field `_entities`, with the functions Nest gives it. */
const entityOf = (served: ServedApp | undefined, args: { id: string }, rest: readonly unknown[]): unknown => {
  const reference = { __typename: 'Thing', id: args.id };
  const resolvers = [served?.app.get(ResolversExplorerService, { strict: false }).explore()].flat() as unknown as {
    Thing?: { __resolveReference?: (...parts: unknown[]) => unknown };
  }[];
  const resolve = resolvers.map((types) => types.Thing?.__resolveReference).find((one) => one !== undefined);
  return resolve === undefined ? reference : resolve(reference, ...rest);
};

async function serve({ resolvers, entities = true, enhancers, options = STRICT }: Subgraph): Promise<string> {
  const resolveEntities = (_root: unknown, args: { id: string }, ...rest: unknown[]) => [entityOf(app, args, rest)];
  @Module({
    imports: [
      TenancyModule.forRoot(options),
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        graphiql: false,
        ...(enhancers === undefined ? {} : { fieldResolverEnhancers: enhancers }),
        typeDefs: `type Thing { id: ID! name: String } type Query { version: String thing: Thing ${
          entities ? '_entities(id: ID!): [Thing]' : ''
        } }`,
        ...(entities ? { resolvers: { Query: { _entities: resolveEntities } } } : {}),
      }),
    ],
    providers: [...resolvers],
  })
  class AppModule {}
  app = await serveOn('express', AppModule);
  return app.url;
}

const refusal = (method: string) => ({
  code: 'TENANT_RESOLVER_UNGUARDED',
  message: expect.stringContaining(method) as unknown,
});

describe('resolvers of GraphQL that Nest runs no guards for', () => {
  it.each([
    ['of references', 'ReferenceResolver.resolveReference', { resolvers: [ReferenceResolver] }],
    [
      'of references, with interceptors',
      'ReferenceResolver.',
      { resolvers: [ReferenceResolver], enhancers: ['interceptors'] },
    ],
    ['of fields, in a subgraph', 'FieldResolver.name', { resolvers: [FieldResolver] }],
    ['of fields of a root type', 'RootResolver.version', { resolvers: [RootResolver], entities: false }],
  ] satisfies [string, string, Subgraph][])('do not start: %s', async (_what, method, subgraph) => {
    await expect(serve(subgraph)).rejects.toMatchObject(refusal(method));
  });

  it.each([
    ['those of fields behind a query', { resolvers: [FieldResolver], entities: false }],
    ['those that bypass tenancy', { resolvers: [PublicResolver] }],
    [
      'all, where the application places its guards itself',
      { resolvers: [ReferenceResolver], options: { ...STRICT, guard: 'manual' } },
    ],
  ] satisfies [string, Subgraph][])('start otherwise: %s', async (_what, subgraph) => {
    await serve(subgraph);
  });

  it.each([
    ['of references', '{ _entities(id: "1") { id } }', 'reference', [ReferenceResolver]],
    ['of fields of a reference', '{ _entities(id: "1") { name } }', 'name', [FieldResolver]],
    ['of fields of a root type', '{ version }', 'version', [RootResolver]],
  ])('are guarded with fieldResolverEnhancers: %s', async (_what, query, handler, resolvers) => {
    const url = await serve({ resolvers, enhancers: ['guards'] });
    expect((await post(url, query)).errors?.[0]?.extensions).toMatchObject({ reason: 'TENANT_UNVERIFIED' });
    expect((await post(url, query, { ...A, authorization: 'forged' })).errors).toHaveLength(1);
    expect(ran).toEqual([]);
    expect((await post(url, query, A)).errors).toBeUndefined();
    expect(ran).toEqual([{ handler, tenantId: 'a' }]);
  });
});
