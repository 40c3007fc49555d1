import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { tenancyLogFields, tenancyLogMixin, tenancyMixinMergeStrategy } from '../../src/logging/tenancy-log-fields';
import { TenancyLogger } from '../../src/logging/tenancy.logger';

const contextOf = (tenantId: string): ReturnType<typeof createContext> =>
  createContext({
    tenantId: parseTenantId(tenantId),
    requestId: `request-of-${tenantId}`,
    actor: { type: 'user', id: `user-of-${tenantId}` },
  });

/** Two tenants' requests in turns, each line of which says whose it should be. */
async function logConcurrently(log: (owner: string) => void): Promise<void> {
  const work = async (tenantId: string): Promise<void> => {
    for (let line = 0; line < 50; line += 1) {
      log(tenantId);
      await (line % 3 === 0 ? turn() : Promise.resolve());
    }
  };
  const tenants = ['acme', 'globex'];
  await Promise.all(tenants.map((tenantId) => runWithContext(contextOf(tenantId), () => work(tenantId))));
}

describe('the fields of a log line', () => {
  it('are none outside of any request', () => {
    expect(tenancyLogFields()).toEqual({});
  });

  it('say who the running work is for', () => {
    expect(runWithContext(contextOf('acme'), tenancyLogFields)).toEqual({
      tenantId: 'acme',
      requestId: 'request-of-acme',
      actorId: 'user-of-acme',
      actorType: 'user',
    });
  });

  it('say that work does without a tenant on purpose', () => {
    const context = createContext({ mode: 'bypass', requestId: 'r' });
    expect(runWithContext(context, tenancyLogFields)).toEqual({ requestId: 'r', tenancy: 'bypass' });
  });
});

describe('the mixin of pino', () => {
  const record = (): { lines: Record<string, unknown>[]; logger: ReturnType<typeof pino> } => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
    const options = { mixin: tenancyLogMixin, mixinMergeStrategy: tenancyMixinMergeStrategy, base: null };
    return { lines, logger: pino(options, { write }) };
  };

  it('adds the tenant whose request writes the line, and no other, while two run at once', async () => {
    const { lines, logger } = record();
    await logConcurrently((owner) => logger.info({ owner }, 'line'));
    expect(lines).toHaveLength(100);
    for (const line of lines) {
      expect(line).toMatchObject({ tenantId: line['owner'], actorId: `user-of-${String(line['owner'])}` });
      expect(JSON.stringify(line)).not.toContain(line['owner'] === 'acme' ? 'globex' : 'acme');
    }
  });

  it('adds nothing outside of any request', () => {
    const { lines, logger } = record();
    logger.info('boot');
    expect(Object.keys(lines[0]!)).toEqual(['level', 'time', 'msg']);
  });

  it('is not overridden by a field of the call', () => {
    const { lines, logger } = record();
    runWithContext(contextOf('acme'), () => logger.info({ tenantId: 'globex', kept: true }, 'line'));
    expect(lines[0]).toMatchObject({ tenantId: 'acme', kept: true });
  });
});

describe('TenancyLogger', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    Logger.overrideLogger(true);
  });

  /** What is written to a stream of the process meanwhile. */
  async function written(stream: 'stdout' | 'stderr', work: () => void | Promise<void>): Promise<string[]> {
    const lines: string[] = [];
    const spy = vi.spyOn(process[stream], 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    try {
      await work();
    } finally {
      spy.mockRestore();
    }
    return lines;
  }

  it('says in each line of text whose request wrote it, through Nest’s own Logger', async () => {
    Logger.overrideLogger(new TenancyLogger({ colors: false }));
    const logger = new Logger('Billing');
    const lines = await written('stdout', () => logConcurrently((owner) => logger.log(`for ${owner}`)));
    expect(lines).toHaveLength(100);
    for (const line of lines) {
      const owner = /for (\w+)/.exec(line)?.[1];
      expect(line).toContain(`[Billing] [tenantId=${owner} requestId=request-of-${owner} `);
      expect(line).not.toContain(owner === 'acme' ? 'globex' : 'acme');
    }
  });

  it('puts the fields into the lines of JSON mode', async () => {
    const logger = new TenancyLogger({ json: true, colors: false });
    const lines = await written('stderr', () =>
      runWithContext(contextOf('acme'), () => logger.error(new Error('broken'), 'Billing')),
    );
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      tenantId: 'acme',
      requestId: 'request-of-acme',
      actorId: 'user-of-acme',
      actorType: 'user',
    });
  });

  it('says in JSON mode whose request wrote the line, whatever its parameters say', async () => {
    const logger = new TenancyLogger({ json: true, colors: false, structuredParams: true, flattenParams: true });
    const lines = await written('stdout', () =>
      runWithContext(contextOf('acme'), () => logger.log('moved', { tenantId: 'globex', kept: 1 }, 'Billing')),
    );
    expect(JSON.parse(lines[0]!)).toMatchObject({ tenantId: 'acme', kept: 1 });
  });

  it('writes lines as Nest does outside of any request', async () => {
    const logger = new TenancyLogger({ colors: false });
    const [line] = await written('stdout', () => logger.log('boot', 'Billing'));
    expect(line).toMatch(/\[Billing\] boot\n$/);
  });

  it('quotes ids, so that none can pass for a line of its own', async () => {
    const actor = { type: 'user', id: 'mallory\n[Nest] 1 LOG \u009b31mfaked' };
    const logger = new TenancyLogger({ colors: false });
    const [line] = await written('stdout', () =>
      runWithContext(createContext({ actor }), () => logger.log('line', 'Billing')),
    );
    expect(line).toContain('actorId="mallory\\n[Nest] 1 LOG \\u009b31mfaked"');
    expect(line?.trimEnd()).not.toMatch(/[\n\u009b]/);
  });
});
