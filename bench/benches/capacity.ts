import { costsOf } from '../../tools/bus/capacity/costs.ts';
import { predictMails } from '../../tools/bus/capacity/predict-mails.ts';
import { describe } from '../harness/bench.ts';
import type { Bench, Line, Sample } from '../harness/bench.ts';
import { MeasuredSystem } from '../harness/measured-system.ts';
import { figureOf } from '../harness/statistics.ts';

const INSTANCES = [1, 2, 3] as const;
const PARTITIONS = [3, 6, 12] as const;
/** A mail server in the same rack, and one across a network. */
const ANSWERS_AFTER_MS = [0, 200] as const;

/** The size that the costs are taken from; all others are predicted. */
const FITTED: Size = { instances: 1, partitions: 6, answerAfterMs: 0 };

/** What each step costs, and whether a model of these costs predicts sizes that it was not fitted to. */
export const capacity: Bench = {
  name: 'capacity',
  title: 'the cost of each step, and what it predicts',
  method:
    'The stack of `npm start`, PostgreSQL with fsync and log-broker included. Commit: sign-ups over HTTP while the broker is ' +
    'stopped. Relay: the broker starts, and the rows that wait are published. Copy: order-service consumes them. Mail: ' +
    'mail-service processes a backlog, with a mail server that answers at once and with one that takes 200 ms. Each is CPU of ' +
    'its processes, WAL and transactions for each event. One mail-service with 6 partitions and a mail server that answers at once is ' +
    'what the model (`npm run bus -- plan`) is fitted to; it predicts the rates of all other sizes. Cores: what the system used and what ' +
    'was idle.',
  async run(context) {
    const samples = new Map<string, Sample[]>();
    const keep = (name: string, sample: Sample): void => {
      samples.set(name, [...(samples.get(name) ?? []), sample]);
      context.log(`${name}: ${describe(sample)}`);
    };
    const system = await MeasuredSystem.start(context, ANSWERS_AFTER_MS);
    for (let round = 0; round < context.rounds; round++) {
      context.log(`round ${round + 1}/${context.rounds}`);
      for (const [step, sample] of Object.entries(await system.steps(context.quick ? 300 : 3_000))) keep(step, sample);
      for (const answerAfterMs of ANSWERS_AFTER_MS) {
        const mails = context.quick ? 100 : answerAfterMs === 0 ? 2_000 : 500;
        for (const partitions of PARTITIONS) {
          await system.recreateTopic(partitions);
          system.mailInto(answerAfterMs);
          for (const instances of INSTANCES) {
            await system.startMailServices(instances);
            keep(sizeName({ instances, partitions, answerAfterMs }), await system.mails(mails, instances));
          }
        }
      }
      keep('a row', await system.rowBytes());
    }
    const lines = [...samples].flatMap(([what, measured]) => linesOf(what, measured));
    return [...lines, ...predictions(lines)];
  },
};

interface Size {
  readonly instances: number;
  readonly partitions: number;
  readonly answerAfterMs: number;
}

const SIZES: readonly Size[] = ANSWERS_AFTER_MS.flatMap((answerAfterMs) =>
  PARTITIONS.flatMap((partitions) => INSTANCES.map((instances) => ({ instances, partitions, answerAfterMs }))),
);

function sizeName({ instances, partitions, answerAfterMs }: Size): string {
  return `mail: ${instances} × ${partitions} partitions, mail server ${answerAfterMs} ms`;
}

const UNITS: Readonly<Record<string, string>> = { rate: 'events/s', wal: 'B', transactions: '', cores: '' };

/** `member-service CPU`: the side is the part, `wal` and others are of the step. */
function linesOf(what: string, measured: readonly Sample[]): Line[] {
  return Object.keys(measured[0]!).map((side) => ({
    what,
    side,
    figure: figureOf(measured.map((sample) => sample[side]!)),
    unit: side.endsWith(' CPU') ? 'µs' : (UNITS[side] ?? 'B'),
  }));
}

function predictions(lines: readonly Line[]): Line[] {
  const costs = costsOf(lines);
  return SIZES.filter((size) => sizeName(size) !== sizeName(FITTED)).map((size) => {
    const what = sizeName(size);
    const { perSecond, bound } = predictMails(costs, { ...size, cores: costs.cores });
    const measured = lines.find((line) => line.what === what && line.side === 'rate')!.figure.median;
    const error = (perSecond / measured - 1) * 100;
    return {
      what,
      side: 'predicted',
      figure: figureOf([perSecond]),
      unit: 'events/s',
      note: `${error >= 0 ? '+' : ''}${error.toFixed(0)} %, bound by ${bound}`,
    };
  });
}
