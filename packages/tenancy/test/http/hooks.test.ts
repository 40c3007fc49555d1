import { Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ForbiddenException } from '@nestjs/common';
import { PLATFORMS, serveOn } from '@nestarc/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { TenancyContext, type TenancyModuleOptions, type TenancyResponse } from '../../src';
import { ask, probeApp, reached } from './tenancy-app';

interface Answering extends TenancyResponse {
  status(status: number): { send(body: object): unknown };
}

const byHeader = { tenantExtractor: 'X-Tenant-Id' };

/** Comes a while after the hook has returned. */
async function* sentences(): AsyncGenerator<string> {
  await sleep(30);
  yield 'Which site? ';
  await sleep(10);
  yield 'Choose one.';
}

const never = new Promise<never>(() => undefined);

describe.each(PLATFORMS)('on %s', (platform) => {
  beforeEach(() => {
    reached.count = 0;
  });

  const answerTo = async (
    options: Partial<TenancyModuleOptions>,
    headers: Record<string, string> = {},
    path = '/mine',
  ): ReturnType<typeof ask> => {
    await using app = await serveOn(platform, probeApp({ ...byHeader, ...options }));
    return await ask(app.url, path, headers);
  };

  describe('onTenantNotFound', () => {
    it.each([undefined, 'continue'] as const)('leaves the answer to the module with %j', async (result) => {
      const answer = await answerTo({ onTenantNotFound: () => result });
      expect(answer).toMatchObject({ status: 403, body: { code: 'TENANT_REQUIRED' } });
    });

    it.each(['handled', 'skip'] as const)('answers by itself with %j, and nothing comes after', async (result) => {
      const answer = await answerTo({
        onTenantNotFound: (_request, response) => {
          (response as Answering).status(302).send({ location: '/login' });
          return result;
        },
      });
      expect(answer).toMatchObject({ status: 302, body: { location: '/login' } });
      expect(reached.count).toBe(0);
    });

    it('that says it has answered, and has not, does not leave the request hanging', async () => {
      const answer = await answerTo({ onTenantNotFound: () => 'skip', timeoutMs: 50 });
      expect(answer).toMatchObject({ status: 500, body: { code: 'TENANT_HOOK_UNANSWERED' } });
    });

    it('that never comes to an end does not leave the request hanging', async () => {
      const answer = await answerTo({ onTenantNotFound: () => never, timeoutMs: 50 });
      expect(answer).toMatchObject({ status: 503, body: { code: 'TENANT_RESOLUTION_TIMEOUT' } });
    });

    it('may begin its answer later, with a stream', async () => {
      const answer = await answerTo({
        onTenantNotFound: (_request, response) => {
          const page = Readable.from(sentences());
          const reply = response as Answering & Writable;
          if (platform === 'express') page.pipe(reply);
          else reply.status(200).send(page);
          return 'handled';
        },
      });
      expect(answer).toMatchObject({ status: 200, body: { text: 'Which site? Choose one.' } });
    });

    it.each([{ status: 200 }, { status: 600 }, { status: '404' }, {}, 'hanlded', 7, []])(
      'that returns %j says so, with an error of its own',
      async (result) => {
        const answer = await answerTo({ onTenantNotFound: () => result as 'continue' });
        expect(answer).toMatchObject({ status: 500, body: { code: 'TENANT_HOOK_RESULT' } });
      },
    );

    it('names status, code and message of the answer', async () => {
      const rejection = { status: 404, code: 'NO_SUCH_SITE', message: 'There is no such site' };
      expect(await answerTo({ onTenantNotFound: () => Promise.resolve(rejection) })).toMatchObject({
        status: 404,
        body: { statusCode: 404, code: 'NO_SUCH_SITE', message: 'There is no such site' },
      });
    });

    it('answers with what it throws', async () => {
      const onTenantNotFound = (): never => {
        throw new ForbiddenException('No tenant, no service');
      };
      expect(await answerTo({ onTenantNotFound })).toMatchObject({
        status: 403,
        body: { message: 'No tenant, no service' },
      });
    });

    it('is not asked about routes that need no tenant', async () => {
      const onTenantNotFound = (): never => {
        throw new ForbiddenException();
      };
      expect(await answerTo({ onTenantNotFound }, {}, '/health')).toMatchObject({ status: 200 });
      expect(await answerTo({ onTenantNotFound }, {}, '/optional')).toMatchObject({ status: 200 });
      expect(await answerTo({ onTenantNotFound }, {}, '/nowhere')).toMatchObject({ status: 404 });
    });
  });

  describe('onTenantResolved', () => {
    it('runs once, in the tenant’s context and ahead of the handler', async () => {
      const seen: unknown[] = [];
      const onTenantResolved = async (tenantId: string): Promise<void> => {
        await Promise.resolve();
        seen.push([tenantId, TenancyContext.getCurrentTenantId(), reached.count]);
      };
      expect(await answerTo({ onTenantResolved }, { 'x-tenant-id': 'ACME' })).toMatchObject({ status: 200 });
      expect(seen).toEqual([['acme', 'acme', 0]]);
    });

    it('keeps the handler from running by throwing', async () => {
      const onTenantResolved = (): never => {
        throw new ForbiddenException('Suspended');
      };
      const answer = await answerTo({ onTenantResolved }, { 'x-tenant-id': 'acme' });
      expect(answer).toMatchObject({ status: 403, body: { message: 'Suspended' } });
      expect(reached.count).toBe(0);
    });

    it('that never comes to an end does not leave the request hanging', async () => {
      const answer = await answerTo({ onTenantResolved: () => never, timeoutMs: 50 }, { 'x-tenant-id': 'acme' });
      expect(answer).toMatchObject({ status: 503 });
      expect(reached.count).toBe(0);
    });
  });

  it.each([
    ['an extractor', { tenantExtractor: { extract: () => never } }],
    ['a rule for ids', { validateTenantId: () => never }],
    ['a proof', { proof: { prove: () => never } }],
    ['a membership verifier', { proof: { prove: () => ({ principal: 1 }) }, membership: { isMember: () => never } }],
  ])('%s that never comes to an end does not leave the request hanging', async (_what, options) => {
    const answer = await answerTo({ ...options, timeoutMs: 50 }, { 'x-tenant-id': 'acme' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'TENANT_RESOLUTION_TIMEOUT' } });
    expect(reached.count).toBe(0);
  });
});
