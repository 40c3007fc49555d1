export { ContextPool, type ContextPoolConfig } from './pool/context-pool';
export { type WireSettings } from './wire/wire-settings';
export { CrossTenantWriteError } from './errors/cross-tenant-write.error';
export { DatabaseError, databaseErrorFor } from './errors/database.error';
export { SqlState } from './errors/sql-state';
export { TenantSwitchInTransactionError } from './errors/tenant-switch-in-transaction.error';
export { UnsupportedStatementError } from './errors/unsupported-statement.error';
export { identifier, joinSql, sql, type SqlFragment } from './sql/sql';
export { quoteIdentifier } from './sql/identifier';
