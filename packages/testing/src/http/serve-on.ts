import { NestarcError } from '@nestarc/core';
import { requireOptionalPeer } from '@nestarc/core/nest';
import type { DynamicModule, INestApplication, NestApplicationOptions, Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { resolveTestRunner, type TestRunner } from '../runner/test-runner';

/** The HTTP platforms of NestJS. */
export const PLATFORMS = Object.freeze(['express', 'fastify'] as const);

/** An HTTP platform of NestJS. */
export type Platform = (typeof PLATFORMS)[number];

/** How an application is served. */
export interface ServeOptions {
  /**
   * Sets the application up before it listens: global pipes, CORS, prefixes. Defaults to nothing.
   *
   * @param app - the application
   */
  readonly configure?: ((app: INestApplication) => void | Promise<void>) | undefined;
  /** Options for Nest. A failed boot is always thrown; the logger is off and connections are closed by force otherwise. */
  readonly application?: NestApplicationOptions | undefined;
}

/** An application that is being served. */
export interface ServedApp extends AsyncDisposable {
  /** Where it is served, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** The application. */
  readonly app: INestApplication;
  /** Closes it; safe to call twice. */
  close(): Promise<void>;
}

/** Thrown when the package of an HTTP platform is not installed. */
export class PlatformMissingError extends NestarcError {
  constructor(platform: Platform) {
    super(`Install @nestjs/platform-${platform} to serve on it`, { code: 'PLATFORM_MISSING' });
  }
}

const ADAPTERS = { express: 'ExpressAdapter', fastify: 'FastifyAdapter' } as const;

/**
 * Serves an application on a free port of 127.0.0.1.
 *
 * @param platform - the HTTP platform
 * @param module - the application's root module
 * @param options - see {@link ServeOptions}
 * @throws {@link PlatformMissingError} when the platform is not installed
 * @throws whatever the application throws while it boots; it is closed then
 */
export async function serveOn(
  platform: Platform,
  module: Type | DynamicModule,
  options: ServeOptions = {},
): Promise<ServedApp> {
  const settings = { logger: false, forceCloseConnections: true, ...options.application, abortOnError: false } as const;
  const app = await NestFactory.create(module, adapterOf(platform), settings);
  try {
    await options.configure?.(app);
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= app.close());
  return { url: await app.getUrl(), app, close, [Symbol.asyncDispose]: close };
}

/**
 * Registers the same tests for each HTTP platform, in a group of its own.
 *
 * @param define - registers the tests of one platform
 * @param runner - registers them. Defaults to the globals of the test runner
 * @throws TestRunnerMissingError when there is no test runner
 */
export function forEachPlatform(define: (platform: Platform) => void, runner?: Pick<TestRunner, 'describe'>): void {
  const { describe } = runner ?? resolveTestRunner();
  for (const platform of PLATFORMS) describe(`on ${platform}`, () => define(platform));
}

function adapterOf(platform: Platform): AbstractHttpAdapter {
  const peer = requireOptionalPeer(`@nestjs/platform-${platform}`) as
    Partial<Record<string, new (options: object) => AbstractHttpAdapter>> | undefined;
  const Adapter = peer?.[ADAPTERS[platform]];
  if (Adapter === undefined) throw new PlatformMissingError(platform);
  // Fastify closes connections by itself; what it is given here, Express would take for an instance of Express.
  return platform === 'fastify'
    ? new Adapter({ forceCloseConnections: true })
    : new (Adapter as new () => AbstractHttpAdapter)();
}
