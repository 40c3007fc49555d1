export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './database/test-database';
export type { DatabaseTemplate, TemplateTarget } from './database/template-database';
export {
  forEachPlatform,
  PlatformMissingError,
  PLATFORMS,
  serveOn,
  type Platform,
  type ServedApp,
  type ServeOptions,
} from './http/serve-on';
export type { IsolationCase } from './isolation/isolation-case';
export { isolationCases, isolationSuite } from './isolation/isolation-suite';
export type { IsolationModel, IsolationSuiteOptions } from './isolation/isolation.options';
export { detectLeaks, expectNoLeaks, type LeakOptions } from './leaks/expect-no-leaks';
export type { ObservedDatabase } from './leaks/database-sessions';
export { LeakError, type Leak, type LeakKind } from './leaks/leak';
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
export { TestRunnerMissingError, type TestRunner } from './runner/test-runner';
export {
  expectTenantIsolation,
  TenantIsolationError,
  TestTenancyModule,
  withTenant,
  type IsolationExpectation,
  type TenantIsolationErrorCode,
  type TenantModel,
  type TenantRunner,
} from '@nestarc/tenancy/testing';
