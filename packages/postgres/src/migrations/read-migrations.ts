import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MigrationError } from './migration.error';
import { migrationMode, type MigrationFile } from './migration-file';

/**
 * Reads the migrations of some directories: `0001_name.sql` files, and `<number>_name/migration.sql` folders as
 * `prisma migrate` makes them.
 *
 * @param directories - in the order in which their migrations are to run; within one, the number decides
 * @throws {@link MigrationError} for a directory that cannot be read, an SQL file without a number, or a name that is
 * used twice
 */
export async function readMigrations(directories: readonly string[]): Promise<readonly MigrationFile[]> {
  const files = (await Promise.all(directories.map(readDirectory))).flat();
  const byName = new Map<string, MigrationFile>();
  for (const file of files) {
    const other = byName.get(file.name);
    if (other) throw duplicateName(file, other);
    byName.set(file.name, file);
  }
  return files;
}

async function readDirectory(directory: string): Promise<MigrationFile[]> {
  const entries = await readdir(directory).catch((cause: unknown) => {
    throw new MigrationError(`The migration directory ${directory} cannot be read`, {
      code: 'MIGRATION_DIRECTORY_UNREADABLE',
      cause,
    });
  });
  const paths = await Promise.all(entries.map((entry) => sqlPath(directory, entry)));
  const files = await Promise.all(paths.flatMap((path) => (path === undefined ? [] : [readMigration(path)])));
  return files.sort(byNumberThenName);
}

/** Other files, such as a README or Prisma's migration_lock.toml, are passed over. */
async function sqlPath(directory: string, entry: string): Promise<string | undefined> {
  const path = join(directory, entry);
  if (entry.endsWith('.sql')) return path;
  const inFolder = join(path, 'migration.sql');
  const isMigration = await stat(inFolder).then(
    (found) => found.isFile(),
    () => false,
  );
  return isMigration ? inFolder : undefined;
}

async function readMigration(path: string): Promise<MigrationFile> {
  const name = basename(path) === 'migration.sql' ? basename(join(path, '..')) : basename(path, '.sql');
  if (!/^\d/.test(name)) {
    throw new MigrationError(`${path}: the name of a migration starts with its number, such as 0001_${name}`, {
      code: 'MIGRATION_NAME_INVALID',
      file: path,
    });
  }
  const sql = await readFile(path, 'utf8');
  return { name, path, sql, mode: migrationMode(sql) };
}

/** 9 comes before 10, and a Prisma baseline `0_init` before every time stamp. */
function byNumberThenName(a: MigrationFile, b: MigrationFile): number {
  const [first, second] = [a, b].map(({ name }) => BigInt(/^\d+/.exec(name)?.[0] ?? '0')) as [bigint, bigint];
  if (first !== second) return first < second ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function duplicateName(file: MigrationFile, other: MigrationFile): MigrationError {
  return new MigrationError(`Two migrations have the name ${file.name}: ${other.path} and ${file.path}`, {
    code: 'MIGRATION_NAME_DUPLICATE',
    file: file.path,
  });
}
