import { Injectable } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PLATFORMS, type ServedApp, serveOn } from '@nestarc/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenancyService, type TenantMembershipQuestion, type TenantMembershipVerifier } from '../../src';
import { DIRECT_POOL } from '../fixture/database-path';
import { A, B, IsolationFixture } from '../fixture/isolation-fixture';
import { Database, DATABASE_URL } from '../http-fixture';
import { ask, HeaderUserGuard, probeApp, reached } from './tenancy-app';

/**
 * Asks the database, through the client that depends on `TenancyService`. The table says which of a tenant's customers may
 * log in; a real one would hold users.
 */
@Injectable()
class Members implements TenantMembershipVerifier {
  static asked = 0;

  constructor(
    private readonly database: Database,
    private readonly tenancy: TenancyService,
  ) {}

  async isMember({ tenantId, principal }: TenantMembershipQuestion): Promise<boolean> {
    Members.asked += 1;
    const { email } = principal as { email: string };
    const found = await this.tenancy.runAs(tenantId, () => this.database.client.customer.count({ where: { email } }));
    return found === 1;
  }
}

const NOWHERE = '33333333-3333-4333-8333-333333333333';

let fixture: IsolationFixture;
beforeAll(async () => {
  fixture = await IsolationFixture.create(DIRECT_POOL);
  await fixture.seed();
});
afterAll(() => fixture.close());

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: ServedApp;
  let email: string;
  beforeAll(async () => {
    const [row] = await fixture.asAdmin<{ email: string }>('SELECT email FROM customers WHERE tenant_id = $1 LIMIT 1', [
      A,
    ]);
    email = row?.email ?? '';
    const providers = [
      Members,
      Database,
      { provide: DATABASE_URL, useValue: fixture.database.appUrl },
      { provide: APP_GUARD, useClass: HeaderUserGuard },
    ];
    const options = { tenantExtractor: 'X-Tenant-Id', tenantIdFormat: 'uuid', membership: Members } as const;
    app = await serveOn(platform, probeApp(options, { providers }));
  });
  beforeEach(() => {
    reached.count = 0;
    Members.asked = 0;
  });
  afterAll(() => app.close());

  const asUser = (tenantId: string): ReturnType<typeof ask> =>
    ask(app.url, '/mine', { 'x-tenant-id': tenantId, 'x-user': JSON.stringify({ email }) });

  it('a member is let in', async () => {
    expect(await asUser(A.toUpperCase())).toMatchObject({ status: 200, body: { tenantId: A } });
  });

  it('somebody else gets the same answer for a tenant of others and for one that does not exist', async () => {
    const [foreign, unknown] = [await asUser(B), await asUser(NOWHERE)];
    expect(foreign).toMatchObject({ status: 403, body: { code: 'TENANT_FORBIDDEN' } });
    expect(unknown.body).toEqual(foreign.body);
    expect(reached.count).toBe(0);
  });

  it('nobody at all is asked to log in, and the verifier is not asked', async () => {
    expect(await ask(app.url, '/mine', { 'x-tenant-id': A })).toMatchObject({ status: 401 });
    expect(Members.asked).toBe(0);
  });

  it('an id that is no UUID never reaches the database', async () => {
    expect(await asUser('acme')).toMatchObject({ status: 400, body: { code: 'TENANT_ID_INVALID' } });
    expect(Members.asked).toBe(0);
  });

  it('a token under which nothing is provided stops the boot', async () => {
    class Nobody {}
    const boot = serveOn(platform, probeApp({ tenantExtractor: 'X-Tenant-Id', membership: Nobody }));
    await expect(boot).rejects.toThrow(/membership: .* Nobody/);
    const proof = serveOn(platform, probeApp({ proof: [Symbol('missing')] }));
    await expect(proof).rejects.toThrow(/proof\[0\]: .* Symbol\(missing\)/);
  });
});
