import { Test, type TestingModule } from '@nestjs/testing';
import { createPrismaSoftDeleteExtension, SoftDeleteService } from '../../src';
import { SoftDeleteFixture, type SoftDeleteFixtureOptions } from '../fixture/fixture';
import type { PrismaClient } from '../fixture/generated/client';
import { softDeleteApp } from './http-app';

/** An application with the service, on a database of its own. */
export class ServiceWorld {
  private constructor(
    readonly fixture: SoftDeleteFixture,
    readonly prisma: PrismaClient,
    readonly service: SoftDeleteService,
    private readonly app: TestingModule,
  ) {}

  static async open({ tenancy, max = 5 }: SoftDeleteFixtureOptions): Promise<ServiceWorld> {
    const fixture = await SoftDeleteFixture.create({ tenancy, max });
    const prisma = fixture.client();
    createPrismaSoftDeleteExtension({ softDeleteModels: ['User', 'Post'], cascade: { User: ['Post.author'] } })(prisma);
    const app = await Test.createTestingModule({ imports: [softDeleteApp(prisma, {})] }).compile();
    await app.init();
    return new ServiceWorld(fixture, prisma, app.get(SoftDeleteService), app);
  }

  /** Runs and awaits as a tenant. */
  as<T>(tenant: string, work: () => T | PromiseLike<T>): Promise<T> {
    return this.fixture.as(tenant, work);
  }

  /** A user with two posts. */
  newUser(tenant = 'acme', email = 'a@example.com'): Promise<{ id: number; tenantId: string }> {
    const posts = { create: [{ title: '1' }, { title: '2' }] };
    return this.as(tenant, () => this.prisma.user.create({ data: { email, posts } }));
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.fixture.close();
  }
}
