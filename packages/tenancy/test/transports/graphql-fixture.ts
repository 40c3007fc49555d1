import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Module, type Type } from '@nestjs/common';
import {
  Args,
  Field,
  GraphQLModule,
  ID,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { PubSub } from 'graphql-subscriptions';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { BypassTenancy, CurrentTenant, TenancyModule, type TenancyModuleOptions } from '../../src';
import { tenantSubscriptions, type TenantSubscriptionsOptions } from '../../src/graphql';
import { Database, DATABASE_URL } from '../http-fixture';
import { ran, tenantNow } from './ws-fixture';

export const PUB_SUB = 'pub-sub';

@ObjectType()
class Customer {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  tenantId!: string;

  @Field(() => String)
  email!: string;
}

@ObjectType()
class Change {
  @Field(() => String)
  what!: string;
}

@ObjectType()
class Health {
  @Field(() => String, { nullable: true })
  tenantId!: string | null;

  @Field(() => Number)
  visible!: number;
}

@Resolver(() => Customer)
export class CustomerResolver {
  constructor(
    private readonly database: Database,
    @Inject(PUB_SUB) private readonly events: PubSub,
  ) {}

  @Query(() => [Customer])
  customers(@CurrentTenant() tenantId: string): Promise<unknown> {
    ran.push({ handler: 'customers', tenantId });
    return this.database.client.customer.findMany();
  }

  @Mutation(() => Customer)
  addCustomer(@Args('email', { type: () => String }) email: string): Promise<unknown> {
    ran.push({ handler: 'addCustomer', tenantId: tenantNow() });
    return this.database.client.customer.create({ data: { email } });
  }

  @BypassTenancy()
  @Query(() => Health)
  async health(@CurrentTenant() tenantId: string | null): Promise<unknown> {
    return { tenantId, visible: await this.database.client.customer.count() };
  }

  @Subscription(() => Change)
  changes(): unknown {
    ran.push({ handler: 'changes', tenantId: tenantNow() });
    return this.events.asyncIterableIterator('changes');
  }

  @Subscription(() => Change, {
    name: 'filtered',
    filter(this: CustomerResolver) {
      ran.push({ handler: 'filter', tenantId: tenantNow() });
      return this.database.client.customer.count().then((count) => count > 0);
    },
    resolve(this: CustomerResolver, payload: { changes: Change }) {
      ran.push({ handler: 'resolve', tenantId: tenantNow() });
      return payload.changes;
    },
  })
  filtered(): unknown {
    return this.events.asyncIterableIterator('changes');
  }
}

/** What a subscriber sees of an event comes from the database, by a resolver that is called for each event. */
@Resolver(() => Change)
export class ChangeResolver {
  constructor(private readonly database: Database) {}

  @ResolveField('owners', () => [String])
  async owners(@Parent() _change: Change): Promise<string[]> {
    return (await this.database.client.customer.findMany()).map((row) => row.tenantId);
  }

  @ResolveField('tenant', () => String, { nullable: true })
  tenant(): string | null {
    return tenantNow();
  }
}

export function graphqlModule(
  options: TenancyModuleOptions,
  url: string,
  subscriptions: TenantSubscriptionsOptions | false = {},
): Type {
  @Module({
    imports: [
      TenancyModule.forRoot(options),
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        autoSchemaFile: true,
        graphiql: false,
        includeStacktraceInErrorResponses: false,
        subscriptions: { 'graphql-ws': subscriptions === false ? {} : tenantSubscriptions(subscriptions) },
      }),
    ],
    providers: [
      Database,
      { provide: DATABASE_URL, useValue: url },
      { provide: PUB_SUB, useValue: new PubSub() },
      CustomerResolver,
      ChangeResolver,
    ],
  })
  class GraphqlModule {}
  return GraphqlModule;
}

export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

export async function post(url: string, query: string, headers: Record<string, string> = {}): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as GraphqlAnswer;
}

/** A subscriber that keeps what it gets. */
export class Subscriber {
  readonly results: GraphqlAnswer[] = [];
  readonly done: Promise<unknown>;
  readonly #client: Client;
  #wake: () => void = () => undefined;

  constructor(url: string, query: string, headers: Record<string, string>, connectionParams?: Record<string, unknown>) {
    class WithHeaders extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers });
      }
    }
    this.#client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WithHeaders,
      retryAttempts: 0,
      lazy: true,
      ...(connectionParams === undefined ? {} : { connectionParams }),
    });
    this.done = new Promise((resolve) => {
      this.#client.subscribe<Record<string, unknown>>(
        { query },
        {
          next: (result) => {
            this.results.push(result as GraphqlAnswer);
            this.#wake();
          },
          error: (error) => resolve(error),
          complete: () => resolve('complete'),
        },
      );
    });
  }

  async first(count: number): Promise<GraphqlAnswer[]> {
    while (this.results.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.results.slice(0, count);
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}
