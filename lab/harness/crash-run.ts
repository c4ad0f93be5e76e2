import type { ConsumerOptions } from '../programs/consumer-options.ts';
import type { Client } from '../systems/system.ts';
import { ConsumerProcess } from './consumer-process.ts';
import { collectEffects } from './effects.ts';
import type { Lab } from './experiment.ts';

const MESSAGES = { full: 30, quick: 20 } as const;
/** By the seed, one of these messages of a consumer is its last. */
const CRASH_FROM = 3;
const CRASH_TO = 7;

export interface CrashRun {
  readonly sent: number;
  readonly lost: number;
  readonly twice: number;
}

/** Where a consumer kills itself; undefined: it does not. */
export type Crash = ConsumerOptions['crash'];

/**
 * Consumers that work one after the other through the same messages. The first kills itself before its work on a message,
 * the second after its work on one and before a later acknowledgement; the third ends what is left.
 */
export async function runWithCrashes(
  client: Client,
  lab: Lab,
  options: Pick<ConsumerOptions, 'remembers'> & Pick<ConsumerOptions['consume'], 'acknowledge'>,
): Promise<CrashRun> {
  const sent = lab.quick ? MESSAGES.quick : MESSAGES.full;
  const crashes: Crash[] = [
    { atMessage: drawn(lab), point: 'before the work' },
    { atMessage: drawn(lab), point: 'after the work' },
    undefined,
  ];
  const { acknowledge, remembers } = options;
  return workThrough(client, lab, { sent, crashes, consume: { acknowledge }, ...(remembers && { remembers }) });
}

/** Has a consumer for each of the crashes, one after the other, and counts what was done and what was done twice. */
export async function workThrough(
  client: Client,
  lab: Lab,
  options: Pick<ConsumerOptions, 'consume' | 'remembers'> & {
    readonly sent: number;
    readonly crashes: readonly Crash[];
  },
): Promise<CrashRun> {
  const { sent, crashes, consume, remembers } = options;
  const effects = collectEffects(lab);
  const queue = await client.create();
  await queue.send(Array.from({ length: sent }, (_, n) => ({ key: 'key', body: String(n) })));
  for (const crash of crashes) {
    const consumer = new ConsumerProcess(lab, {
      queue: queue.name,
      consume,
      handler: 'work',
      effects: effects.file,
      ...(remembers !== undefined && { remembers }),
      ...(crash !== undefined && { crash }),
    });
    // To the end, also when all is done: what is delivered again comes last.
    await consumer.untilQuiet();
    await consumer.kill();
  }
  const all = effects.lines();
  const distinct = new Set(all).size;
  return { sent, lost: sent - distinct, twice: all.length - distinct };
}

function drawn({ random }: Lab): number {
  return CRASH_FROM + Math.floor(random() * (CRASH_TO - CRASH_FROM + 1));
}
