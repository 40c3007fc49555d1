import { Body, Controller, Get, Module, Post, type INestApplication } from '@nestjs/common';
import { forEachPlatform, PLATFORMS, serveOn, TestRunnerMissingError } from '@nestarc/testing';
import { describe, expect, it } from 'vitest';

@Controller()
class EchoController {
  @Get()
  hello(): string {
    return 'hello';
  }

  @Post('never')
  never(): Promise<void> {
    return new Promise(() => undefined);
  }

  @Post()
  echo(@Body() body: object): object {
    return body;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

forEachPlatform(
  (platform) => {
    it('serves on a free port until it is closed', async () => {
      const served = await serveOn(platform, EchoModule);
      const other = await serveOn(platform, EchoModule);
      expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(served.url).not.toBe(other.url);
      expect(await (await fetch(served.url)).text()).toBe('hello');
      expect(served.app.getHttpAdapter().getType()).toBe(platform);
      await other.close();
      await served.close();
      await served.close();
      await expect(fetch(served.url)).rejects.toThrow('fetch failed');
    });

    it('is set up before it listens', async () => {
      const configure = (app: INestApplication): void => void app.setGlobalPrefix('api');
      await using served = await serveOn(platform, EchoModule, { configure });
      expect((await fetch(served.url)).status).toBe(404);
      expect(await (await fetch(`${served.url}/api`)).text()).toBe('hello');
    });

    it('throws what the application throws while it boots', async () => {
      @Module({ imports: [EchoModule] })
      class BrokenModule {
        onModuleInit(): void {
          throw new Error('cannot boot');
        }
      }
      await expect(serveOn(platform, BrokenModule)).rejects.toThrow('cannot boot');
    });

    it('closes although a request still waits for its answer', async () => {
      const served = await serveOn(platform, EchoModule);
      const waiting = fetch(`${served.url}/never`, { method: 'POST' }).catch((error: Error) => error.message);
      await fetch(served.url);
      await served.close();
      expect(await waiting).toBe('fetch failed');
    });
  },
  { describe },
);

it('every platform gets its group, and a runner is needed for it', () => {
  const groups: string[] = [];
  forEachPlatform(() => undefined, { describe: (name) => void groups.push(name) });
  expect(groups).toEqual(PLATFORMS.map((platform) => `on ${platform}`));
  expect(() => forEachPlatform(() => undefined)).toThrow(TestRunnerMissingError);
});
