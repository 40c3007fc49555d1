import 'reflect-metadata';
import { TenancyModule, TenancyService } from '@nestarc/tenancy';
import { NestFactory } from '@nestjs/core';
import { measure, type Measurement } from './measurement';
import { loadPrisma, type PrismaMajor } from './prisma-installation';

// A program of its own for each version of Prisma: what the compiler learns from one does not burden the other.

/** What the process is told. */
export interface MeasurementOrder extends Measurement {
  /** The version of Prisma to measure. */
  readonly major: PrismaMajor;
}

async function obey({ major, ...measurement }: MeasurementOrder): Promise<void> {
  const app = await NestFactory.createApplicationContext(TenancyModule.forRoot({ tenantExtractor: 'X-Tenant-Id' }), {
    logger: ['error', 'warn'],
  });
  try {
    const figures = await measure(loadPrisma(major), measurement, app.get(TenancyService));
    process.send?.(figures);
  } finally {
    await app.close();
  }
}

const leave = (): never => process.exit();
process.once('disconnect', leave);
process.once('message', (order: MeasurementOrder) => {
  obey(order)
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    })
    .finally(() => {
      // From here on the process ends by itself, with its exit code, and writes its profile where one was asked for.
      process.off('disconnect', leave);
      process.disconnect();
    });
});
