import { InspectError, isConnectionError, openBroker, RECORD_FILTER_FIELDS } from '@event-bus/messaging-client/inspect';
import type { Broker } from '@event-bus/messaging-client/inspect';
import { kafkaSettings } from '@event-bus/messaging-client/config';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Said } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { BROKER_READ_MS_MAX } from '../limits.ts';
import { isMetadataNotLoaded, isUnknownTopic, protocolProblem } from './protocol-problem.ts';

/**
 * The one connection to the broker. It joins no group and commits nothing. It is opened by the first read, and closed when
 * the broker does not answer, so that the read after that finds a broker that has been restarted or moved.
 */
@Injectable()
export class BrokerReader implements OnApplicationShutdown {
  readonly #config: ConsoleConfig;
  #opening: Promise<Broker> | undefined;

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#config = config;
  }

  /** @throws ConsoleProblem: 503 when the broker does not answer in time, 404 or 400 for what it was queried about */
  async use<Result>(read: Read<Result>): Promise<Result> {
    try {
      return await this.#attempt(read);
    } catch (error) {
      if (!isUnknownTopic(error) && !isMetadataNotLoaded(error)) throw this.#problemOf(error);
      // kafkajs looks up every topic that a connection has ever used, so one that was deleted makes all reads fail.
      try {
        return await this.#attempt(read);
      } catch (again) {
        throw this.#problemOf(again);
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    const broker = await this.#opening?.catch(() => undefined);
    await broker?.close();
  }

  async #attempt<Result>(read: Read<Result>): Promise<Result> {
    this.#opening ??= openBroker(kafkaSettings(this.#config), {
      clientId: 'console',
      requestTimeoutMs: BROKER_READ_MS_MAX,
    });
    const opening = this.#opening;
    const signal = AbortSignal.timeout(BROKER_READ_MS_MAX);
    try {
      return await Promise.race([opening.then(async (broker) => read(broker, signal)), late(signal)]);
    } catch (error) {
      if (isConnectionError(error) || isUnknownTopic(error) || signal.aborted) this.#forget(opening);
      throw error;
    }
  }

  #forget(opening: Promise<Broker>): void {
    if (this.#opening === opening) this.#opening = undefined;
    void opening.then(async (broker) => broker.close()).catch(() => undefined);
  }

  #problemOf(error: unknown): unknown {
    if (error instanceof InspectError) {
      return new ConsoleProblem(error.kind === 'unknown' ? 404 : 400, sentenceOf(error), error.remedy, saidOf(error));
    }
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    if (!isLate && !isConnectionError(error)) return protocolProblem(error) ?? error;
    const why = isLate ? 'ETIMEDOUT' : reasonOf(error as Error);
    const address = this.#config.KAFKA_BROKERS.join(', ');
    return new ConsoleProblem(
      503,
      `The broker at ${address} does not answer (${why}).`,
      'The address is KAFKA_BROKERS. Start the broker, or correct the address.',
      { code: 'source-unavailable', params: { source: 'broker', address, setting: 'KAFKA_BROKERS', reason: why } },
    );
  }
}

/** Such as `ECONNREFUSED`: the address stands beside it already. */
function reasonOf({ message }: Error): string {
  return /\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? message;
}

/** The message of an error begins with a small letter, because a program's name stands before it elsewhere. */
function sentenceOf({ message }: InspectError): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

function saidOf({ about }: InspectError): Said {
  if (about?.kind === 'topic') return { code: 'topic-unknown', params: { topic: about.name } };
  if (about?.kind === 'group') return { code: 'group-unknown', params: { group: about.name } };
  return { code: 'filter-wrong', params: { condition: about?.name ?? '', fields: RECORD_FILTER_FIELDS.join(', ') } };
}

type Read<Result> = (broker: Broker, signal: AbortSignal) => Promise<Result>;

async function late(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}
