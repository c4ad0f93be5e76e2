import { CAPACITY_FILE, readCosts } from '../capacity/costs.ts';
import { BUSY_MAX, planCapacity } from '../capacity/plan-capacity.ts';
import type { Load, Need } from '../capacity/plan-capacity.ts';
import type { Call, Command } from '../command.ts';
import type { Given } from '../given.ts';
import { badUsage, EXIT } from '../problem.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };
const SIGN_UPS_PER_SECOND_MAX = 100_000_000;
const MAILS_PER_SIGN_UP_MAX = 100;
const KEEP_DAYS_MAX = 3_650;
const SMTP_MS_MAX = 60_000;
const REPLICAS_MAX = 9;
const DATABASE_CORES_MAX = 1_024;
const DAY_MS = 86_400_000;

export const plan: Command = {
  name: 'plan',
  summary: 'What a load needs: partitions, instances, databases, brokers, connections, and what breaks first.',
  options: {
    signups: { type: 'string', value: 'RATE', help: 'sign-ups: 5000/s, 300/min, 2000000/d' },
    'mails-per-signup': { type: 'string', value: 'NUMBER', help: 'mails for each; default 1' },
    keep: { type: 'string', value: 'TIME', help: 'retention of the topics: 12h, 7d; default 7d' },
    'smtp-ms': { type: 'string', value: 'MS', help: 'what the mail server takes to accept a mail; default 200' },
    replicas: { type: 'string', value: 'NUMBER', help: 'of each partition; default 3' },
    'database-cores': { type: 'string', value: 'NUMBER', help: 'of the machine of one database; default 16' },
    measured: { type: 'string', value: 'FILE', help: 'measured costs; default bench/results/capacity.json' },
  },
  notes: [
    'Arithmetic from measured costs; no broker and no database is needed. npm run bench -- capacity measures them, best on',
    'the machines that will do the work. docs/scale.md explains the model and how large its error is.',
  ],
  examples: ['plan --signups 5000/s --mails-per-signup 1 --keep 7d', 'plan --signups 2000000/d --smtp-ms 500 --json'],
  run: showPlan,
};

async function showPlan({ given, output }: Call): Promise<0> {
  const load = readLoad(given);
  const { costs, date, machine, load: busy, errors } = readCosts(given.text('measured') ?? CAPACITY_FILE);
  const planned = planCapacity(costs, load);
  const [first] = planned.limits;
  output.answer({ load, measured: { date, machine, load: busy, errors }, ...planned }, () => {
    output.say(
      `Measured on ${date}, ${machine}, load ${busy} before. Nothing is planned to be busier than ${BUSY_MAX * 100} %.`,
    );
    for (const { mailServer, sizes, median, max } of errors) {
      output.say(
        `Predicted mails/s, ${mailServer}, ${sizes} sizes that the model was not fitted to: off by ${percent(median)} in the middle, ${percent(max)} at worst.`,
      );
    }
    output.say('');
    output.table(
      ['step', 'events/s', 'service cores', 'database cores', 'broker cores', 'WAL', 'writing transactions/s'],
      planned.steps.map((step) => [
        step.step,
        round(step.perSecond),
        round(step.serviceCores),
        round(step.databaseCores),
        round(step.brokerCores),
        `${bytes(step.walBytesPerSecond)}/s`,
        round(step.transactionsPerSecond),
      ]),
    );
    output.say('');
    output.table(
      ['needed', 'amount', 'because'],
      planned.needs.map((need) => [need.what, amountOf(need), need.why]),
    );
    output.say('');
    output.table(
      ['one is enough up to', 'sign-ups/s', 'of this load', 'then'],
      planned.limits.map(({ what, signUpsPerSecond, remedy }) => [
        what,
        round(signUpsPerSecond),
        `${round(signUpsPerSecond / load.signUpsPerSecond)}×`,
        remedy,
      ]),
    );
    if (first !== undefined) {
      output.say('');
      output.say(`Breaks first: ${first.what}, at ${round(first.signUpsPerSecond)} sign-ups/s.`);
    }
  });
  return EXIT.fine;
}

function readLoad(given: Given): Load {
  const [unknown] = given.positionals;
  if (unknown !== undefined)
    throw badUsage(`unexpected "${unknown}"`, 'The load is given by options: --signups 5000/s.');
  return {
    signUpsPerSecond: readRate(given.required('signups', 'the load, such as 5000/s')),
    mailsPerSignUp: readNumber(given, 'mails-per-signup', { otherwise: 1, min: 0, max: MAILS_PER_SIGN_UP_MAX }),
    keepMs: readKeep(given.text('keep') ?? '7d'),
    mailServerMs: readNumber(given, 'smtp-ms', { otherwise: 200, min: 0, max: SMTP_MS_MAX }),
    replicas: given.count('replicas', { otherwise: 3, max: REPLICAS_MAX }),
    databaseCores: given.count('database-cores', { otherwise: 16, max: DATABASE_CORES_MAX }),
  };
}

function readRate(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\/(s|min|h|d)$/.exec(text) ?? [];
  const perSecond = Number(amount) / SECONDS[unit ?? '']!;
  if (!(perSecond > 0 && perSecond <= SIGN_UPS_PER_SECOND_MAX)) {
    throw badUsage(
      `--signups: invalid rate "${text}"`,
      `A number for a unit of time, up to ${SIGN_UPS_PER_SECOND_MAX.toLocaleString('en')} a second: 5000/s, 300/min, 100/h, 2000000/d.`,
    );
  }
  return perSecond;
}

function readKeep(text: string): number {
  const [, amount, unit] = /^(\d{1,6})(h|d)$/.exec(text) ?? [];
  const ms = Number(amount) * SECONDS[unit ?? '']! * 1_000;
  if (!(ms > 0 && ms <= KEEP_DAYS_MAX * DAY_MS)) {
    throw badUsage(`--keep: invalid time "${text}"`, `Hours or days, up to ${KEEP_DAYS_MAX} days: 12h, 7d.`);
  }
  return ms;
}

function readNumber(
  given: Given,
  name: string,
  { otherwise, min, max }: { otherwise: number; min: number; max: number },
): number {
  const text = given.text(name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < min || value > max) {
    throw badUsage(`--${name}: invalid number "${text}"`, `A number from ${min} to ${max}.`);
  }
  return value;
}

function amountOf({ amount, unit }: Need): string {
  if (unit === 'count') return amount.toLocaleString('en');
  return `${bytes(amount)}${unit.slice('bytes'.length)}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

function bytes(value: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${round(value / 1_000 ** power)} ${BYTE_UNITS[power]}`;
}

/** Two digits are all that the measurements are good for. */
function round(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 6 });
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}
