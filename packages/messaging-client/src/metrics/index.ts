/** Metrics of the client, for a registry of prom-client. Without this import prom-client is not loaded. */
import type { Registry } from 'prom-client';
import { measureConsuming } from './measure-consuming.ts';
import { measureLag } from './measure-lag.ts';
import { measureOutbox } from './measure-outbox.ts';
import type { MessagingFigures } from './messaging-figures.ts';
import { registerSourcesUp, ScrapeSource } from './scrape-source.ts';

/**
 * Registers the metrics of the client in a registry of prom-client. Counters follow the events of the client; gauges are queried
 * at each scrape, within a time-out, and are left out of it when the database or the broker does not answer.
 * @throws Error of prom-client when the registry has a metric of one of the names
 */
export function registerMessagingMetrics(registry: Registry, figures: MessagingFigures): void {
  const outbox = new ScrapeSource(() => figures.backlog.read());
  const notHandled = new ScrapeSource(() => figures.notHandled());
  measureOutbox(registry, figures, outbox);
  measureConsuming(registry, figures, notHandled);
  measureLag(registry, figures);
  registerSourcesUp(registry, {
    outbox: async () => (await outbox.figures()) !== undefined,
    inbox: async () => (await notHandled.figures()) !== undefined,
    broker: () => (figures.lag.isSampled ? figures.lag.last !== undefined : undefined),
  });
}
