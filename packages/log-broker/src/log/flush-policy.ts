import type { PartitionLog } from './partition-log.ts';

/**
 * When acknowledged records reach the disk itself. An acknowledged record is always written: it survives a killed process.
 *
 * - `none`: the operating system decides, as Kafka does by default;
 * - `interval`: all logs are synced at a fixed interval; a power loss costs at most what came in one interval;
 * - `always`: synced before the answer. Requests that arrive while a sync runs share the next one.
 */
export type FlushPolicy = 'none' | 'interval' | 'always';

interface Round {
  readonly done: Promise<void>;
  /** Set when the sync has begun: later writes need the next round. */
  started: boolean;
}

/** Lets many appends share one sync: those that arrive while one is running wait for the next. */
export class GroupCommit {
  private readonly rounds = new Map<PartitionLog, Round>();
  private readonly gather: () => Promise<void>;

  /** `gather` is how long the first append of a round waits for others: a turn of the event loop. */
  constructor(gather: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve))) {
    this.gather = gather;
  }

  /** Resolves when everything written to `log` before this call is on the disk. */
  commit(log: PartitionLog): Promise<void> {
    const round = this.rounds.get(log);
    if (round && !round.started) return round.done;
    return this.begin(log, round?.done);
  }

  private begin(log: PartitionLog, before: Promise<void> | undefined): Promise<void> {
    const gathered = before ? before.catch(() => {}) : this.gather();
    const done = gathered.then(() => {
      round.started = true;
      return log.sync();
    });
    const round: Round = { done, started: false };
    this.rounds.set(log, round);
    const forget = () => {
      if (this.rounds.get(log) === round) this.rounds.delete(log);
    };
    done.then(forget, forget);
    return done;
  }
}
