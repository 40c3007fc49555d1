import { projectDataDirectory, provisionDatabase, startEmbeddedPostgres } from '@nestarc/postgres/embedded';
import { StartError } from './start.error';

/** The database the application runs on. */
export interface Database {
  /** Connection string of the application's role. */
  readonly url: string;
  /** Connection string of the role that owns the tables. */
  readonly migrationUrl: string;
  /** Whether the server was brought along by this project. */
  readonly isEmbedded: boolean;
  /** Stops the server if it was brought along. */
  stop(): Promise<void>;
}

/**
 * Takes the database that DATABASE_URL and DATABASE_MIGRATION_URL name, or starts the embedded server.
 *
 * @param projectRoot - folder of the project, to which the embedded server's data belongs
 * @param environment - where the variables are
 * @throws {@link StartError} when only one of the two is set
 */
export async function openDatabase(projectRoot: string, environment: NodeJS.ProcessEnv): Promise<Database> {
  const { DATABASE_URL: url, DATABASE_MIGRATION_URL: migrationUrl } = environment;
  if (url && migrationUrl) return { url, migrationUrl, isEmbedded: false, stop: () => Promise.resolve() };
  if (url || migrationUrl) {
    throw new StartError(
      `${url ? 'DATABASE_URL' : 'DATABASE_MIGRATION_URL'} is set, but ` +
        `${url ? 'DATABASE_MIGRATION_URL' : 'DATABASE_URL'} is not.\n` +
        "Set both (DATABASE_URL with the application's role, DATABASE_MIGRATION_URL with the role that owns the tables), " +
        'or neither to use the embedded PostgreSQL.',
    );
  }
  const server = await startEmbeddedPostgres({
    dataDirectory: await projectDataDirectory(projectRoot),
    stopOnExit: true,
  });
  try {
    const names = { database: 'getting_started', owner: 'getting_started_owner', app: 'getting_started_app' };
    const urls = await provisionDatabase({ adminUrl: server.adminUrl, ...names });
    return { ...urls, isEmbedded: true, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
