import 'reflect-metadata';
import { migrate } from '@nestarc/postgres/migrations';
import { join, resolve } from 'node:path';
import { bootstrap, type Application } from './main';
import { openDatabase, type Database } from './server/database';
import { instructions } from './server/instructions';
import { assertPortFree, portBusy, readPort } from './server/port';
import { aborted, listenForShutdown } from './server/shutdown';
import { StartError } from './server/start.error';

const APPLICATION = resolve(__dirname, '..');
const PROJECT = resolve(APPLICATION, '../..');

/** What `npm start` runs: database, migrations, application, until a signal ends it. */
async function start(): Promise<void> {
  const shutdown = listenForShutdown();
  const port = readPort(process.env['PORT']);
  await assertPortFree(port);
  const database = await openDatabase(PROJECT, process.env);
  try {
    if (!shutdown.aborted) await serveUntil(shutdown, port, database);
  } finally {
    await database.stop();
  }
}

async function serveUntil(shutdown: AbortSignal, port: number, database: Database): Promise<void> {
  await migrate({ connectionString: database.migrationUrl, directory: join(APPLICATION, 'migrations') });
  process.env['DATABASE_URL'] = database.url;
  const application = await serve(port);
  try {
    if (!shutdown.aborted) console.log(instructions(application.port, database));
    await aborted(shutdown);
    console.log('Stopping …');
  } finally {
    await application.close();
  }
}

async function serve(port: number): Promise<Application> {
  try {
    return await bootstrap(port);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? portBusy(port) : error;
  }
}

start().then(
  () => process.exit(0),
  (error: unknown) => {
    const isForPeople = error instanceof StartError || (error instanceof Error && 'code' in error);
    console.error(isForPeople ? error.message : error);
    process.exit(1);
  },
);
