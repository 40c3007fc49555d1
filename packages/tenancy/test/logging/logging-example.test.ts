import { createContext, parseTenantId, runWithContext } from '@nestarc/core';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
// #region pino
import { pino } from 'pino';
import { tenancyLogMixin, tenancyMixinMergeStrategy } from '@nestarc/tenancy';

export const makeLogger = (stream: { write(line: string): void }) =>
  pino({ mixin: tenancyLogMixin, mixinMergeStrategy: tenancyMixinMergeStrategy }, stream);
// #endregion pino
import { TenancyLogger } from '@nestarc/tenancy';

@Module({})
class AppModule {}

it('pino as the README sets it up says who a line is about', () => {
  const lines: string[] = [];
  const logger = makeLogger({ write: (line) => void lines.push(line) });
  runWithContext(createContext({ tenantId: parseTenantId('acme') }), () => logger.info('paid'));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ tenantId: 'acme', msg: 'paid' });
});

it('TenancyLogger as the README sets it up is the logger of an application', async () => {
  // #region nest
  const app = await NestFactory.create(AppModule, { logger: new TenancyLogger({ json: true, logLevels: ['error'] }) });
  // #endregion nest
  await expect(app.init()).resolves.toBe(app);
  await app.close();
});
