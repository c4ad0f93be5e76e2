import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ConsoleConfig } from './config.ts';
import { ConsoleModule } from './console.module.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { BODY_BYTES_MAX } from './limits.ts';
import { readPageFiles } from './page/page-files.ts';
import { servePage } from './page/serve-page.ts';
import { guardRequests } from './security/guard-requests.ts';

/** Beside the compiled server; from the sources, where the last build put it. */
const PAGE_FOLDER = join(import.meta.dirname, '..', 'dist', 'web');

/** The console as it runs, not yet listening. */
export async function createConsole(config: ConsoleConfig, logger: LoggerService): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(ConsoleModule.forRoot(config), {
    logger,
    abortOnError: false,
    bodyParser: false,
    // A tab keeps its stream open for ever, and would keep the process, too.
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  app.useGlobalFilters(new ProblemFilter());
  app.use(guardRequests({ host: config.CONSOLE_LISTEN.host, token: config.CONSOLE_TOKEN }));
  app.use(servePage(readPageFiles(PAGE_FOLDER)));
  app.useBodyParser('json', { limit: BODY_BYTES_MAX });
  return app;
}
