import 'reflect-metadata';
import { eventCatalog } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/event-catalog';
import { handledEvents, publishedEvents } from '@event-bus/messaging-client';
import type { EventDefinition as ClientEvent } from '@event-bus/messaging-client';
import { createService } from '@event-bus/service-kit';
import { env as mailServiceEnv } from '../../apps/mail-service/src/config.ts';
import { MailServiceModule } from '../../apps/mail-service/src/mail-service.module.ts';
import { env as memberServiceEnv } from '../../apps/member-service/src/config.ts';
import { MemberServiceModule } from '../../apps/member-service/src/member-service.module.ts';
import { env as orderServiceEnv } from '../../apps/order-service/src/config.ts';
import { OrderServiceModule } from '../../apps/order-service/src/order-service.module.ts';

/** What a service publishes and consumes. */
export interface ServiceEvents {
  readonly service: string;
  readonly publishes: readonly EventDefinition[];
  /** With the earlier versions that a handler reads through an upcast. */
  readonly consumes: readonly EventDefinition[];
}

/** Nothing is connected to: an application that is created and not started only has its module graph. */
const env = {
  HTTP_PORT: '0',
  DATABASE_URL: 'postgres://postgres@127.0.0.1:1/unused',
  KAFKA_BROKERS: '127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'no-reply@example.com',
  RECEIPT_FROM: 'shop@example.com',
  LOG_LEVEL: 'silent',
};

/** Reads it from the modules as they run: from `publishes` and from the handlers of the controllers. */
export async function readServices(): Promise<ServiceEvents[]> {
  return [
    await readService('member-service', MemberServiceModule, memberServiceEnv.parse(env)),
    await readService('order-service', OrderServiceModule, orderServiceEnv.parse(env)),
    await readService('mail-service', MailServiceModule, mailServiceEnv.parse(env)),
  ];
}

type ServiceOptions = Parameters<typeof createService>[0];

async function readService<Config extends ServiceOptions['config']>(
  service: string,
  module: { forRoot(config: Config): ServiceOptions['module'] },
  config: Config,
): Promise<ServiceEvents> {
  const app = await createService({ service, module: module.forRoot(config), config });
  const publishes = publishedEvents(app).map((event) => inCatalog(service, event));
  const foreign = publishes.find(({ owner }) => owner !== service && owner !== 'any');
  if (foreign !== undefined) throw new Error(`${service} publishes ${foreign.name}, whose owner is ${foreign.owner}`);
  const consumes = handledEvents(app).flatMap(versionsRead);
  return { service, publishes, consumes: consumes.map((event) => inCatalog(service, event)) };
}

function versionsRead(event: ClientEvent): ClientEvent[] {
  return event.upcast === undefined ? [event] : [event, ...versionsRead(event.upcast.from)];
}

function inCatalog(service: string, { name, version }: Pick<ClientEvent, 'name' | 'version'>): EventDefinition {
  const event = (eventCatalog as readonly EventDefinition[]).find(
    (candidate) => candidate.name === name && candidate.version === version,
  );
  if (event === undefined) throw new Error(`${service} uses ${name} v${version}, which the catalog does not have`);
  return event;
}
