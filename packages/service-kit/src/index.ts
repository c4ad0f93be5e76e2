// What every service does in the same way, in the order in which a service uses it.
export { loadConfig } from './config/load-config.ts';
export { ConfigError } from './config/read-config.ts';
export { serviceConfig } from './config/service-config.ts';
export type { CommonConfig, ConfigOf } from './config/service-config.ts';
export { serviceEnv } from './config/service-env.ts';
export type { ServiceConfig } from './config/service-env.ts';

export { serviceModule } from './service-module.ts';
export type { ServiceClass, ServiceParts } from './service-module.ts';
export { ServiceKitModule } from './service-kit.module.ts';
export { databaseModule } from './database/database.module.ts';
export { Database } from './database/database.ts';
export { AdminProblem } from './admin/admin-problem.ts';
export { AdminServer } from './admin/admin-server.ts';
export { notReady, Readiness } from './health/readiness.ts';
export type { CheckResult } from './health/readiness.ts';
export { Metrics } from './metrics/metrics.ts';
export { Documented, notFound } from './openapi/documented.ts';
export { badRequest } from './http/bad-request.ts';
export { HttpProblem } from './http/http-problem.ts';
export type { ProblemType } from './http/http-problem.ts';

export { inTransaction } from './idempotency/transaction.ts';
export { emailAddress } from './email/email-address.ts';
export { requestEmail } from './email/request-email.ts';
export { currencySchema } from './money/currency.ts';
export { formatMoney } from './money/format-money.ts';

export { createService } from './lifecycle/create-service.ts';
export { runService } from './lifecycle/run-service.ts';
