import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { PrismaService } from './prisma.service';

/** A running application. */
export interface Application {
  /** Port it listens on. */
  readonly port: number;
  /** Answers what has been asked, then closes the server and the database connections. */
  close(): Promise<void>;
}

/**
 * Serves the application on the database that DATABASE_URL names.
 *
 * @param port - TCP port; 0 lets the system choose one
 */
export async function bootstrap(port: number): Promise<Application> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], forceCloseConnections: true });
  const close = async (): Promise<void> => {
    await app.close();
    await app.get(PrismaService).client.$disconnect();
  };
  try {
    await app.listen(port);
  } catch (error) {
    await close();
    throw error;
  }
  const { port: actual } = new URL(await app.getUrl());
  return { port: Number(actual || '80'), close };
}
