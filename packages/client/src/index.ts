export { createNestarcClient } from './nestarc-client';
export type {
  NestarcAuditedClientOptions,
  NestarcClientOptions,
  NestarcTenancyOptions,
} from './nestarc-client.options';
