export { deleteEmbeddedPostgres } from './delete-embedded-postgres';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded-postgres.error';
export type { EmbeddedPostgres, RoleCredentials } from './embedded-server';
export { projectDataDirectory } from './project/project-data-directory';
export { provisionDatabase, type ProvisionedDatabase, type ProvisionOptions } from './roles/provision-database';
export { startEmbeddedPostgres, type EmbeddedPostgresOptions } from './start-embedded-postgres';
