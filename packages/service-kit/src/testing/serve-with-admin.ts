import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { AdminServer } from '../admin/admin-server.ts';
import { serviceEnv } from '../config/service-env.ts';
import type { ServiceOptions } from '../lifecycle/create-service.ts';
import { startService } from '../lifecycle/start-service.ts';
import { databaseOpened } from './start-for-test.ts';

/** A service that was started with its admin listener. */
export interface ServiceWithAdmin {
  readonly app: NestExpressApplication;
  readonly dataSource: DataSource;
  /** Of its admin endpoints. */
  readonly adminUrl: string;
}

/** A service that consumes, and has its admin endpoints, on free ports. */
export async function serveWithAdmin(
  service: string,
  module: ServiceOptions['module'],
  databaseUrl: string,
): Promise<ServiceWithAdmin> {
  const config = z.object(serviceEnv).parse({
    HTTP_PORT: '0',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'silent',
    ADMIN_LISTEN: '127.0.0.1:0',
  });
  const app = await startService({ service, module, config }, new Logger());
  return { app, dataSource: await databaseOpened({ app }), adminUrl: app.get(AdminServer).url! };
}
