import { eventCatalog } from '@event-bus/event-catalog';
import { Inject, Injectable } from '@nestjs/common';
import type { LiveMap } from '../api.ts';
import { BrokerFigures } from '../broker/broker-figures.ts';
import { GroupWatch } from '../broker/group-watch.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { readServicesOfEvents } from '../contracts/services-of-events.ts';
import { deadOf, parkedOf } from '../sources/counts-of-summary.ts';
import { LAG_POINTS_MAX, MAP_LAG_POINTS_MAX } from '../limits.ts';
import { MAIL_GROUP } from '../scoreboard/owed-mails.ts';
import { relayTroubleOf } from '../sources/relay-trouble.ts';
import { serviceOf } from '../sources/service-of-group.ts';
import { ServiceFigureReader } from '../sources/service-figures.ts';
import { PUBLISHED } from './flow.ts';
import { MailRate } from './mail-rate.ts';

/** Which events each topic has, as the catalog says. */
const EVENTS = Map.groupBy(eventCatalog as ReadonlyArray<(typeof eventCatalog)[number]>, ({ topic }) => topic.name);

/** `topic>group`: a group may consume a topic and have committed nothing of it yet. */
const CONSUMED = consumedTopics();

/** The live map, from figures that others keep: making it reads nothing. */
@Injectable()
export class LiveMapService {
  readonly #config: ConsoleConfig;
  readonly #services: ServiceFigureReader;
  readonly #broker: BrokerFigures;
  readonly #groups: GroupWatch;
  readonly #mails: MailRate;
  /** What the services that are here publish. */
  readonly #published: typeof PUBLISHED;

  constructor(
    @Inject(CONFIG) config: ConsoleConfig,
    services: ServiceFigureReader,
    broker: BrokerFigures,
    groups: GroupWatch,
    mails: MailRate,
  ) {
    this.#config = config;
    this.#services = services;
    this.#broker = broker;
    this.#groups = groups;
    this.#mails = mails;
    this.#published = PUBLISHED.filter(({ service }) => config.SERVICES.has(service));
  }

  read(): LiveMap {
    return {
      broker: {
        kind: this.#broker.kind,
        address: this.#config.KAFKA_BROKERS.join(', '),
      },
      parts: this.#parts(),
      publishers: this.#published.map(({ service, entry }) => {
        const { waiting = null, oldestSeconds = null } = this.#services.of(service)?.summary ?? {};
        return { service, entry, waiting, oldestSeconds };
      }),
      topics: this.#topics(),
      groups: this.#consumers(),
      mail: this.#mail(),
      edges: this.#edges(),
    };
  }

  /** Open dead letters of all groups; null when one of the services does not answer. */
  get deadLetters(): number | null {
    const services = [...this.#config.SERVICES_ADMIN.keys()];
    const counts = services.map((service) => deadOf(this.#services.of(service)?.summary ?? null));
    return counts.every((count) => count !== null) ? counts.reduce((sum, count) => sum + count, 0) : null;
  }

  #parts(): LiveMap['parts'] {
    const { problem } = this.#broker;
    return [
      {
        name: 'broker',
        state: problem === undefined ? 'ready' : 'unavailable',
        reason: problem?.reason ?? null,
        failed: [],
        since: problem?.since ?? null,
        relay: null,
      },
      ...[...this.#config.SERVICES.keys()].map((name) => {
        const { state, reason, failed, since, summary } = this.#services.of(name) ?? UNREAD;
        return { name, state, reason, failed, since, relay: relayTroubleOf(summary?.relay) };
      }),
    ];
  }

  #topics(): LiveMap['topics'] {
    const sample = this.#broker.latest;
    // Not those of a service that is not here and has never been.
    const shown = [...EVENTS].filter(
      ([topic]) => this.#published.some((one) => one.topic === topic) || sample?.ends.has(topic),
    );
    return shown.map(([topic, events]) => {
      const ends = sample?.ends.get(topic);
      const firsts = sample?.firsts.get(topic);
      const consumers = this.#groups.ofServices.flatMap((group) => sample?.committed.get(`${topic}>${group}`) ?? []);
      const partitions = [...(ends ?? [])].sort(([one], [other]) => one - other);
      return {
        topic,
        events: [...new Set(events.map(({ name }) => name))],
        records:
          ends === undefined
            ? null
            : String(partitions.reduce((sum, [partition, end]) => sum + end - (firsts?.get(partition) ?? 0n), 0n)),
        partitions: partitions.length,
        lagging: partitions
          .filter(([partition, end]) =>
            consumers.some((offsets) => (offsets.get(partition) ?? firsts?.get(partition) ?? 0n) < end),
          )
          .map(([partition]) => partition),
      };
    });
  }

  #consumers(): LiveMap['groups'] {
    const sample = this.#broker.latest;
    return this.#groups.ofServices.flatMap((group) => {
      const listed = this.#groups.latest()?.groups;
      const described = listed?.find((one) => one.group === group);
      // Of a group that the broker does not list to this user, nothing is known.
      const isKnown = listed === undefined || described !== undefined;
      const topics = this.#topicsOf(group);
      if (topics.length === 0 && described === undefined) return [];
      const { summary } = this.#services.of(serviceOf(group)) ?? UNREAD;
      let lag = 0n;
      for (const topic of topics) {
        const offsets = sample?.committed.get(`${topic}>${group}`);
        for (const [partition, end] of sample?.ends.get(topic) ?? []) {
          const from = offsets?.get(partition) ?? sample?.firsts.get(topic)?.get(partition) ?? 0n;
          if (from < end) lag += end - from;
        }
      }
      return [
        {
          group,
          state: sample === undefined ? null : (described?.state ?? null),
          members: sample === undefined ? null : (described?.members?.length ?? null),
          lag: isKnown && topics.some((topic) => sample?.ends.has(topic)) ? Number(lag) : null,
          lagSeconds: sample === undefined || !isKnown ? null : lag === 0n ? 0 : (described?.lagSeconds ?? null),
          parked: parkedOf(summary, group),
          dead: deadOf(summary, group),
          trend: mostOfEach(this.#groups.history.lagOf(group)),
        },
      ];
    });
  }

  #mail(): LiveMap['mail'] {
    const { checks } = this.#services.of(MAIL_GROUP) ?? UNREAD;
    const smtp = checks['smtp']?.detail ?? null;
    const isKnown = smtp !== null && !smtp.startsWith('unknown');
    return {
      state: !isKnown ? 'unknown' : smtp.startsWith('accepting') ? 'ready' : 'not-ready',
      // Without the state, which stands before the answer.
      lastAnswer: isKnown ? smtp.slice(smtp.indexOf(': ') + 2) : null,
      ...this.#mails.read(),
    };
  }

  #edges(): LiveMap['edges'] {
    const published = new Map(this.#published.map(({ service, topic }) => [`${service}>${topic}`, topic]));
    return [
      ...[...published].map(([pair, topic]) => ({
        id: `publish:${pair}`,
        perSecond: this.#broker.rate(({ ends }) => ends.get(topic)),
      })),
      ...this.#groups.ofServices.flatMap((group) =>
        this.#topicsOf(group).map((topic) => ({
          id: `consume:${topic}>${group}`,
          perSecond: this.#broker.rate(({ committed }) => committed.get(`${topic}>${group}`)),
        })),
      ),
      { id: `deliver:${MAIL_GROUP}`, perSecond: this.#mails.read().perSecond },
    ];
  }

  /** Those of the events that it consumes by their contracts, and those that it has committed something of. */
  #topicsOf(group: string): string[] {
    const committed = this.#broker.latest?.committed;
    return [...EVENTS.keys()].filter(
      (topic) => CONSUMED.has(`${topic}>${group}`) || committed?.has(`${topic}>${group}`) === true,
    );
  }
}

/** As many points as a node of the map has room for; a peak stays. The last point ends at the newest value. */
function mostOfEach(lag: readonly number[]): number[] {
  const size = LAG_POINTS_MAX / MAP_LAG_POINTS_MAX;
  const points: number[] = [];
  for (let end = lag.length; end > 0; end -= size) points.unshift(Math.max(...lag.slice(Math.max(0, end - size), end)));
  return points;
}

function consumedTopics(): ReadonlySet<string> {
  const services = readServicesOfEvents();
  const topics = new Map<string, string>(
    [...EVENTS].flatMap(([topic, events]) => events.map(({ name }) => [name, topic])),
  );
  return new Set(
    [...services].flatMap(([version, { consumers }]) => {
      const topic = topics.get(version.replace(/ v\d+$/, ''));
      return topic === undefined ? [] : consumers.map((group) => `${topic}>${group}`);
    }),
  );
}

const UNREAD = {
  state: 'unavailable',
  reason: null,
  failed: [],
  since: null,
  summary: null,
  checks: {} as Record<string, { detail?: string }>,
} as const;
