import { describeGroups, findGroups } from '@event-bus/messaging-client/inspect';
import type { GroupDescription } from '@event-bus/messaging-client/inspect';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { BrokerReader } from './broker-reader.ts';
import { GROUPS_WATCHED_MAX, LAG_EVERY_MS } from '../limits.ts';
import { serviceOf } from '../sources/service-of-group.ts';
import { GroupHistory } from './group-history.ts';

interface ReadGroups {
  readonly groups: readonly GroupDescription[];
  /** How many more the broker has. */
  readonly left: number;
}

/** Reads every group again and again, so that a view that is opened can show the last minutes. */
@Injectable()
export class GroupWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly history = new GroupHistory();
  readonly #broker: BrokerReader;
  readonly #services: ConsoleConfig['SERVICES'];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #groups: readonly GroupDescription[] | null = null;
  #readAt: string | null = null;

  constructor(broker: BrokerReader, @Inject(CONFIG) config: ConsoleConfig) {
    this.#broker = broker;
    this.#services = config.SERVICES;
  }

  onApplicationBootstrap(): void {
    void this.#round();
  }

  onApplicationShutdown(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** As they were read last, at most LAG_EVERY_MS ago while the broker answers; null before the first answer. */
  latest(): { readonly groups: readonly GroupDescription[]; readonly at: string } | null {
    return this.#groups === null || this.#readAt === null ? null : { groups: this.#groups, at: this.#readAt };
  }

  /** Those of the services, as far as the broker knows them: of one whose handlers have names there are several. */
  get ofServices(): string[] {
    const found = (this.#groups ?? [])
      .map(({ group }) => group)
      .filter((group) => this.#services.has(serviceOf(group)));
    return [...new Set([...this.#services.keys(), ...found])];
  }

  /**
   * As they are now.
   * @throws ConsoleProblem when the broker does not answer, or there is no such group
   */
  async read(names?: readonly string[]): Promise<ReadGroups> {
    return this.#broker.use(async (broker, signal) => {
      const all = await findGroups(broker, names);
      // A cluster may have more groups than are read: those of the services are among them.
      const { own = [], others = [] } = Object.groupBy(all, (name) =>
        this.#services.has(serviceOf(name)) ? 'own' : 'others',
      );
      const watched = [...own, ...others].slice(0, GROUPS_WATCHED_MAX);
      return { groups: await describeGroups(broker, watched, signal), left: all.length - watched.length };
    });
  }

  async #round(): Promise<void> {
    try {
      const { groups } = await this.read();
      this.#groups = groups;
      this.#readAt = new Date().toISOString();
      this.history.add(groups, this.#readAt);
    } catch {
      // The views report it when they read; the history has a gap.
    }
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#round(), LAG_EVERY_MS);
  }
}
