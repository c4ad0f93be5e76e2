/** Metrics of the client, for a registry of prom-client. Without this import prom-client is not loaded. */
import type { Registry } from 'prom-client';
import { measureConsuming } from './measure-consuming.ts';
import { measureLag } from './measure-lag.ts';
import { measureOutbox } from './measure-outbox.ts';
import type { MessagingFigures } from './messaging-figures.ts';
import { registerSourcesUp, ScrapeSource } from './scrape-source.ts';

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
