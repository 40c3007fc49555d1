import { performance } from 'node:perf_hooks';
import { applyMigration } from './apply-migration';
import type { MigrationFile } from './migration-file';
import { MigrationHistory } from './migration-history';
import { withMigrationLock } from './migration-lock';
import { createSchema, withMigrationSession, type MigrationSession } from './migration-session';
import { planMigrations } from './plan-migrations';
import { readMigrations } from './read-migrations';

/** What to migrate and how. */
export interface MigrateOptions {
  /** Connection string of the role that owns the schema; `?schema=` names the schema. */
  readonly connectionString: string;
  /** Directory with migrations, or several in the order in which they are to run. */
  readonly directory: string | readonly string[];
  /** How long to wait for another run, in milliseconds. @defaultValue 60 000 */
  readonly lockTimeoutMs?: number | undefined;
  /** True only reports what would be done. @defaultValue false */
  readonly dryRun?: boolean | undefined;
  /** Called before and after each migration. @defaultValue nothing is reported on the way */
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined;
}

/** A step of a run. */
export interface MigrationProgress {
  /** Whether the migration is about to run or has run. */
  readonly step: 'applying' | 'applied';
  /** Name of the migration. */
  readonly name: string;
}

/** A migration this run has applied. */
export interface AppliedMigration {
  /** Name it is recorded under. */
  readonly name: string;
  /** Path of its file. */
  readonly file: string;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** What a run has done. */
export interface MigrationReport {
  /** Migrations this run has applied, in order. */
  readonly applied: readonly AppliedMigration[];
  /** Names of migrations applied by earlier runs. */
  readonly alreadyApplied: readonly string[];
  /** Names of migrations a dry run has left to be applied; empty otherwise. */
  readonly pending: readonly string[];
  /** How long the whole run took, waiting included, in milliseconds. */
  readonly durationMs: number;
}

const DEFAULT_LOCK_TIMEOUT_MS = 60_000;

/**
 * Applies the migrations a database has not seen yet, each once, however many runs there are at the same time.
 *
 * Each migration runs in a transaction of its own, unless `-- nestarc: no-transaction` stands at the top of the file or
 * the file begins transactions itself. The history is the table of `prisma migrate`, so that either tool goes on where
 * the other has stopped.
 *
 * @throws {@link MigrationError} when files and history contradict each other, when a migration fails, or when another
 * run holds the lock for too long
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const startedAt = performance.now();
  const files = await readMigrations([options.directory].flat());
  const work = options.dryRun ? plan : run;
  const result = await withMigrationSession(options.connectionString, (session) => work(session, files, options));
  return { ...result, durationMs: performance.now() - startedAt };
}

type Result = Omit<MigrationReport, 'durationMs'>;

async function plan({ client, schema }: MigrationSession, files: readonly MigrationFile[]): Promise<Result> {
  const { pending, alreadyApplied } = planMigrations(files, await new MigrationHistory(client, schema).read());
  return { applied: [], alreadyApplied, pending: pending.map(({ name }) => name) };
}

async function run(
  session: MigrationSession,
  files: readonly MigrationFile[],
  options: MigrateOptions,
): Promise<Result> {
  const { client, schema } = session;
  return withMigrationLock(client, options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS, async () => {
    const history = new MigrationHistory(client, schema);
    await createSchema(session);
    await history.create();
    const { pending, alreadyApplied } = planMigrations(files, await history.read());
    const applied: AppliedMigration[] = [];
    for (const file of pending) {
      options.onProgress?.({ step: 'applying', name: file.name });
      const startedAt = performance.now();
      await applyMigration(client, history, file);
      await session.reset();
      applied.push({ name: file.name, file: file.path, durationMs: performance.now() - startedAt });
      options.onProgress?.({ step: 'applied', name: file.name });
    }
    return { applied, alreadyApplied, pending: [] };
  });
}
