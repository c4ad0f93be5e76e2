import type { Text } from '../basics/text.ts';
import type { ClientOf } from '../systems/connect.ts';
import { SYSTEM_NAMES } from '../systems/names.ts';
import type { SystemName } from '../systems/names.ts';
import type { Client, Usage } from '../systems/system.ts';

/** What was counted or measured on one system. From these numbers alone the verdict is made. */
export type Seen = Readonly<Record<string, number>>;

export type Verdict = 'holds' | 'holds if' | 'does not hold';

export interface Judgement {
  readonly verdict: Verdict;
  /** Without figures: a rerun changes figures, and a changed reason counts as a changed verdict. */
  readonly reason: Text;
  /** What the table shows, short. */
  readonly figure: Text;
}

/** What an experiment works with, beside the client of the system. */
export interface Lab {
  readonly system: SystemName;
  readonly address: string;
  /** Smaller, with the same verdicts. */
  readonly quick: boolean;
  /** The one change with which the verdict must become another. */
  readonly sabotaged: boolean;
  /** From the seed of the run; each experiment on each system begins at the same number. */
  readonly random: () => number;
  /** Stops the broker without warning, or starts it; undefined where no command for it was given. */
  readonly broker: BrokerSwitch | undefined;
  /** Stops and starts single brokers; undefined where no commands for it were given. */
  readonly cluster: ClusterSwitch | undefined;
  /** The same for the servers of its ZooKeeper ensemble, 1 to 3. */
  readonly ensemble: ClusterSwitch | undefined;
  /** What the broker takes, by its process; undefined where that is not known. */
  readonly usage: (() => Usage) | undefined;
  /** Closes what an experiment has started beside the broker, also after a failure: the last first. */
  closeAtEnd(close: () => Promise<void>): void;
}

export interface BrokerSwitch {
  kill(): Promise<void>;
  /** On the same address and the same data. Resolves when it answers. */
  start(): Promise<void>;
}

/** Of a cluster, each broker by its id. */
export interface ClusterSwitch {
  /** Without warning. */
  kill(id: number): Promise<void>;
  /** On the same data; an id that the cluster does not have is a new broker. Resolves when it runs. */
  start(id: number): Promise<void>;
}

export interface Chart {
  readonly title: Text;
  readonly unit: Text;
  /** For each system one bar for each of these values of `Seen`. */
  readonly bars: ReadonlyArray<{ readonly value: string; readonly label: Text }>;
}

export interface Experiment {
  /** The sentence, in our own words. */
  readonly claim: Text;
  /** Where the sentence says too little. */
  readonly tooSimple: Text;
  readonly method: Text;
  /** What each system is asked to do, in its own terms. */
  readonly how: Partial<Record<SystemName, Text>>;
  readonly run: { readonly [Name in SystemName]?: (client: ClientOf<Name>, lab: Lab) => Promise<Seen> };
  /** Why there is nothing to run on a system. */
  readonly notOffered?: Partial<Record<SystemName, Text>>;
  /** Needs a broker that can be killed and started. */
  readonly killsBroker?: boolean;
  /** Needs a cluster whose brokers can be killed and started one by one. */
  readonly needsCluster?: boolean;
  /** Where there is a ZooKeeper: needs an ensemble of three whose servers can be killed and started one by one. */
  readonly needsEnsemble?: boolean;
  readonly judge: (seen: Seen, system: SystemName) => Judgement;
  readonly sabotage: {
    readonly what: Text;
    /** Systems on which nothing can be broken, because the sentence does not hold there anyway. */
    readonly without?: readonly SystemName[];
  };
  readonly chart: Chart;
}

/** The same for all systems, or for all but some. */
export function everywhere(
  run: (client: Client, lab: Lab) => Promise<Seen>,
): Record<SystemName, (client: Client, lab: Lab) => Promise<Seen>> {
  return Object.fromEntries(SYSTEM_NAMES.map((name) => [name, run])) as Record<SystemName, typeof run>;
}

export function allKafka<Value>(value: Value): Record<'log-broker' | 'kafka' | 'kafka-zookeeper', Value> {
  return { 'log-broker': value, kafka: value, 'kafka-zookeeper': value };
}

export function isKafka(system: SystemName): boolean {
  return system in allKafka(true);
}

const NO_DRIVER = { en: 'the bus has no driver for it', ko: '버스에 그 드라이버가 없다' };

/** Where the bus of this repository cannot run, for `notOffered`. */
export const WITHOUT_DRIVER = { redis: NO_DRIVER, activemq: NO_DRIVER, sqs: NO_DRIVER } as const;
