export { tenantSubscriptions, type TenantSubscriptions } from './tenant-subscriptions';
export type { GraphqlExecutor, TenantSubscriptionsOptions } from './subscription.options';
