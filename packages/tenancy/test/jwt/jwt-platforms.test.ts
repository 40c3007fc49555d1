import { type Platform, PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenancyModule, TenancyService } from '../../src';
import { jwtProof } from '../../src/jwt';
import { type Answer, send } from '../extractors/requests';
import { JwksServer } from './jwks-server';
import { claims, expected, hmac, now, rs256, rsaPair, tokenOf } from './tokens';

const key = rsaPair('one');
const stranger = rsaPair('one');

const reached: string[] = [];

@Controller()
class WorkController {
  constructor(private readonly tenancy: TenancyService) {}

  @Get()
  work(): string {
    const tenant = this.tenancy.getCurrentTenantOrThrow();
    reached.push(tenant);
    return tenant;
  }
}

function serve(platform: Platform, jwksUri: string): Promise<ServedApp> {
  @Module({
    imports: [TenancyModule.forRoot({ tenantExtractor: jwtProof({ ...expected, jwksUri }) })],
    controllers: [WorkController],
  })
  class WorkModule {}
  return serveOn(platform, WorkModule);
}

describe.each(PLATFORMS)('an application by tokens on %s', (platform) => {
  let keys: JwksServer;
  let app: ServedApp;

  beforeAll(async () => {
    keys = await JwksServer.start();
    keys.keys = [key.jwk];
    app = await serve(platform, keys.uri);
  });
  beforeEach(() => {
    reached.length = 0;
  });
  afterAll(async () => {
    await app.close();
    await keys[Symbol.asyncDispose]();
  });

  const ask = (...authorization: string[]): Promise<Answer> =>
    send(
      app.url,
      ['GET / HTTP/1.1', 'Host: x', ...authorization.map((value) => `Authorization: ${value}`)].join('\r\n'),
    );

  it('works as the tenant of the token', async () => {
    expect(await ask(`Bearer ${rs256(key, 'one')}`)).toMatchObject({ status: 200 });
    expect(reached).toEqual(['acme']);
  });

  it.each<[string, () => string[], number]>([
    ['no token', () => [], 403],
    [
      'a token of the algorithm none',
      () => [`Bearer ${tokenOf({ alg: 'none' }, claims(), () => Buffer.alloc(0))}`],
      401,
    ],
    ['a token of another key', () => [`Bearer ${rs256(stranger, 'one')}`], 401],
    [
      'a token of the public key',
      () => [`Bearer ${tokenOf({ alg: 'HS256', kid: 'one' }, claims(), hmac(JSON.stringify(key.jwk)))}`],
      401,
    ],
    ['an expired token', () => [`Bearer ${rs256(key, 'one', claims({ exp: now() - 60 }))}`], 401],
    ['a token that expires by a text', () => [`Bearer ${rs256(key, 'one', claims({ exp: String(now() + 60) }))}`], 401],
    ['a token for later', () => [`Bearer ${rs256(key, 'one', claims({ nbf: now() + 60 }))}`], 401],
    ['a token for another audience', () => [`Bearer ${rs256(key, 'one', claims({ aud: 'other' }))}`], 401],
    ['a token whose tenant is a list', () => [`Bearer ${rs256(key, 'one', claims({ tenant_id: ['acme'] }))}`], 401],
    [
      'a token whose tenant is malformed',
      () => [`Bearer ${rs256(key, 'one', claims({ tenant_id: "' OR '1'='1" }))}`],
      400,
    ],
    ['two tokens', () => [`Bearer ${rs256(key, 'one')}`, `Bearer ${rs256(key, 'one')}`], 400],
    ['a token of a megabyte', () => [`Bearer ${'x'.repeat(1_000_000)}`], 431],
    ['a token of 10 KiB', () => [`Bearer ${rs256(key, 'one', claims({ x: 'x'.repeat(7500) }))}`], 401],
    ['NUL in the token', () => [`Bearer ${rs256(key, 'one')}\0`], 400],
  ])('refuses %s, and the handler is not reached', async (_what, authorization, status) => {
    const answer = await ask(...authorization());
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/acme|user-1|id\.example\.com/);
    expect(reached).toEqual([]);
  });

  it('says that it is unavailable, and no more, while the keys cannot be had', async () => {
    await using down = await JwksServer.start();
    down.mood = 'failing';
    await using other = await serve(platform, down.uri);
    const answer = await send(other.url, `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rs256(key, 'one')}`);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toEqual({
      statusCode: 503,
      code: 'TENANT_PROOF_UNAVAILABLE',
      message: 'Service Unavailable',
    });
    expect(reached).toEqual([]);
  });
});
