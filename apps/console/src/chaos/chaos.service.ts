import { Inject, Injectable } from '@nestjs/common';
import type { Chaos } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import type { ControlLog, ControlLogEntry, ControlState } from '../control.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { CHAOS_DUPLICATES, CHAOS_LOG_ENTRIES_MAX } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { ServiceFigureReader } from '../sources/service-figures.ts';
import { ChaosChart } from './chaos-chart.ts';
import { ControlClient } from './control-client.ts';
import { DuplicateMails } from './duplicate-mails.ts';
import { faultsOf, shownName, switchesOf } from './faults.ts';
import { guaranteesOf } from './guarantees.ts';
import type { Waiting } from './guarantees.ts';
import { OrderPerKey } from './order-per-key.ts';

/** Where duplicates and an unreadable record are published: the topic of sign-ups, which Try it makes. */
const TOPIC = 'member';

/** Experiments with faults, which the supervisor of `npm start` does; everywhere else there is none of it. */
@Injectable()
export class ChaosService {
  readonly #control: ControlClient;
  readonly #chart: ChaosChart;
  readonly #scoreboard: ScoreboardService;
  readonly #services: ServiceFigureReader;
  readonly #duplicates: DuplicateMails;
  readonly #order: OrderPerKey;
  readonly #config: ConsoleConfig;

  constructor(
    control: ControlClient,
    chart: ChaosChart,
    scoreboard: ScoreboardService,
    services: ServiceFigureReader,
    duplicates: DuplicateMails,
    order: OrderPerKey,
    @Inject(CONFIG) config: ConsoleConfig,
  ) {
    this.#control = control;
    this.#chart = chart;
    this.#scoreboard = scoreboard;
    this.#services = services;
    this.#duplicates = duplicates;
    this.#order = order;
    this.#config = config;
  }

  async read(): Promise<Chaos> {
    this.#order.watch();
    const state = await this.#control.send<ControlState>('GET', '/control');
    const after = Math.max(0, state.newest - CHAOS_LOG_ENTRIES_MAX);
    const { entries } = await this.#control.send<ControlLog>('GET', `/control/log?after=${after}`);
    this.#chart.hasFault = state.faults.some(({ on }) => on);
    return {
      faults: faultsOf(state),
      parts: state.parts.map(({ name, state: partState, pid, since, kills }) => ({
        name,
        state: partState,
        pid,
        since,
        kills,
      })),
      guarantees: guaranteesOf({
        scoreboard: this.#scoreboard.latest,
        waiting: this.#waiting(),
        lost: this.#scoreboard.census.lost,
        duplicates: await this.#duplicates.read(),
        order: this.#order.seen,
      }),
      chart: this.#chart.points,
      log: [...entries.map(shown), ...this.#services.changes]
        .toSorted((one, other) => other.at.localeCompare(one.at))
        .slice(0, CHAOS_LOG_ENTRIES_MAX),
    };
  }

  async set(fault: string, value: string | null): Promise<Chaos> {
    if (fault === 'duplicates') {
      await this.#control.send('POST', '/control/duplicates', { topic: TOPIC, records: CHAOS_DUPLICATES });
    } else if (fault === 'unreadable') {
      await this.#control.send('POST', '/control/unreadable', { topic: TOPIC });
    } else {
      const switches = switchesOf(fault, value);
      if (switches === undefined) {
        throw new ConsoleProblem(
          404,
          `There is no fault ${fault} that can be set to ${value}.`,
          'GET /api/chaos lists them.',
          { code: 'fault-unknown', params: { fault: value === null ? fault : `${fault} (${value})` } },
        );
      }
      for (const { name, on } of switches) await this.#control.send('POST', `/control/faults/${name}`, { on });
    }
    return this.read();
  }

  async kill(part: string): Promise<Chaos> {
    await this.#control.send('POST', '/control/kill', { part });
    return this.read();
  }

  async setNormal(): Promise<Chaos> {
    await this.#control.send('POST', '/control/normal', {});
    return this.read();
  }

  #waiting(): Waiting | null {
    const summaries = [...this.#config.SERVICES_ADMIN.keys()].map((service) => this.#services.of(service)?.summary);
    const known = summaries.filter((summary) => summary != null);
    if (known.length < summaries.length) return null;
    return {
      waiting: known.reduce((sum, { waiting }) => sum + waiting, 0),
      oldestSeconds: Math.max(0, ...known.map(({ oldestSeconds }) => oldestSeconds)),
    };
  }
}

function shown(entry: ControlLogEntry): Chaos['log'][number] {
  const { at, code } = entry;
  if ('fault' in entry) return { at, code, subject: shownName(entry.fault), detail: entry.fault };
  if ('topic' in entry) return { at, code, subject: entry.topic, detail: String(entry.records) };
  if ('afterMs' in entry) return { at, code, subject: entry.part, detail: null, afterMs: entry.afterMs };
  return { at, code, subject: entry.part, detail: 'detail' in entry ? entry.detail : null };
}
