import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refused } from '../problem.ts';

/** One figure of a file in bench/results. */
export interface MeasuredLine {
  readonly what: string;
  readonly side: string;
  readonly figure: { readonly median: number };
}

/** What one event costs in a step. CPU is in microseconds. */
export interface StepCost {
  readonly serviceCpuUs: number;
  readonly databaseCpuUs: number;
  readonly brokerCpuUs: number;
  readonly walBytes: number;
  /** That write; several events may share one. */
  readonly transactions: number;
}

/** The measured costs that the model is made of. */
export interface Costs {
  /** A sign-up over HTTP with its member and its outbox row. */
  readonly commit: StepCost;
  /** From the outbox to the broker. */
  readonly relay: StepCost;
  /** order-service's copy of a member. */
  readonly copy: StepCost;
  /** Claim, SMTP and confirmation. */
  readonly mail: StepCost & { readonly mailServerCpuUs: number };
  /** Of one mail-service into a mail server that answers at once. */
  readonly mailsPerSecond: number;
  /** A record of a sign-up in the broker, with its headers. */
  readonly recordBytes: number;
  /** Of a row with its indexes, by `service: table`. */
  readonly rowBytes: Readonly<Record<string, number>>;
  /** That the system had while its mails were measured, on a machine that others use as well. */
  readonly cores: number;
}

/** As mail-service sends: `SMTP_BOUNDS.maxConnections`. */
export const SMTP_CONNECTIONS_PER_INSTANCE = 10;

/** The one size that the model is fitted to. */
const FITTED = 'mail: 1 × 6 partitions, mail server 0 ms';

export const CAPACITY_FILE = join(import.meta.dirname, '..', '..', '..', 'bench', 'results', 'capacity.json');

/** Where and when the costs were measured. */
export interface Measured {
  readonly costs: Costs;
  readonly date: string;
  readonly machine: string;
  readonly load: number;
  /** Of the predictions, for each mail server. */
  readonly errors: readonly PredictionError[];
}

/** Of the predicted rates at sizes that the model was not fitted to, as parts of the measured ones. */
export interface PredictionError {
  /** As its lines say it: `mail server 200 ms`. */
  readonly mailServer: string;
  readonly sizes: number;
  readonly median: number;
  readonly max: number;
}

/** @throws BusProblem when the file is missing or incomplete */
export function readCosts(path: string): Measured {
  const remedy = 'npm run bench -- capacity measures again and writes it.';
  try {
    const { date, cpu, memoryGb, loadBefore, lines } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly date: string;
      readonly cpu: string;
      readonly memoryGb: number;
      readonly loadBefore: number;
      readonly lines: readonly MeasuredLine[];
    };
    return {
      costs: costsOf(lines),
      date: date.slice(0, 10),
      machine: `${cpu}, ${memoryGb} GB`,
      load: loadBefore,
      errors: errorsOf(lines),
    };
  } catch (error) {
    throw refused(`the measured costs cannot be read from ${path}: ${(error as Error).message}`, remedy, {
      cause: error,
    });
  }
}

/** @throws when a figure is missing */
export function costsOf(lines: readonly MeasuredLine[]): Costs {
  const figure = (what: string, side: string): number => {
    const line = lines.find((one) => one.what === what && one.side === side);
    if (line === undefined) throw new Error(`"${what}" has no "${side}"`);
    return line.figure.median;
  };
  const step = (what: string, service: string): StepCost => ({
    serviceCpuUs: figure(what, `${service} CPU`),
    databaseCpuUs: figure(what, 'postgres CPU'),
    brokerCpuUs: lines.find((one) => one.what === what && one.side === 'log-broker CPU')?.figure.median ?? 0,
    walBytes: figure(what, 'wal'),
    transactions: figure(what, 'transactions'),
  });
  const rows = lines.filter(({ what }) => what === 'a row');
  return {
    commit: step('commit', 'member-service'),
    relay: step('relay', 'member-service'),
    copy: step('copy', 'order-service'),
    mail: { ...step(FITTED, 'mail-service'), mailServerCpuUs: figure(FITTED, 'mail server CPU') },
    mailsPerSecond: figure(FITTED, 'rate'),
    recordBytes: figure('relay', 'record'),
    rowBytes: Object.fromEntries(rows.map(({ side, figure: { median } }) => [side, median])),
    cores: figure(FITTED, 'cores'),
  };
}

function errorsOf(lines: readonly MeasuredLine[]): PredictionError[] {
  const predicted = lines.filter(({ side }) => side === 'predicted');
  const groups = Map.groupBy(predicted, ({ what }) => what.split(', ').at(-1)!);
  return [...groups].map(([mailServer, ofServer]) => {
    const errors = ofServer
      .map(({ what, figure }) => {
        const measured = lines.find((line) => line.what === what && line.side === 'rate')!;
        return Math.abs(figure.median / measured.figure.median - 1);
      })
      .toSorted((a, b) => a - b);
    return {
      mailServer,
      sizes: errors.length,
      median: errors[Math.floor(errors.length / 2)]!,
      max: errors.at(-1)!,
    };
  });
}
