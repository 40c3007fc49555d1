export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database/test-database';
export type { DatabaseTemplate, TemplateTarget } from './database/template-database';
export { countRoundTrips, type RoundTripCounter } from './network/round-trips';
export {
  isPgBouncerInstalled,
  PgBouncerError,
  startPgBouncer,
  type PgBouncer,
  type PgBouncerOptions,
} from './pgbouncer/start-pgbouncer';
export { findProgram, ProgramMissingError, requireProgram } from './programs/required-program';
export { startTestServer, type TestServer, type TestServerOptions } from './server/test-server';
