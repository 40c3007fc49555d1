export { migrate } from './migrate';
export type { AppliedMigration, MigrateOptions, MigrationProgress, MigrationReport } from './migrate';
export { MigrationError, type MigrationErrorCode, type MigrationErrorDetails } from './migration.error';
