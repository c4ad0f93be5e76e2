import type { Broker } from './broker.ts';
import { TRANSACTIONAL_ID_EXPIRATION_MS } from './limits.ts';
import { applyRetention } from './log/log-retention.ts';

/** The periodic work of a broker. */
export interface Maintenance {
  /** Deletes and compacts now what is due by the broker's clock. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}

interface Periodic {
  runNow(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the periodic work: syncs, retention, compaction, expiry of offsets. */
export function startMaintenance(broker: Broker): Maintenance {
  const { flush, flushIntervalMs, retentionCheckIntervalMs, compactionCheckIntervalMs } = broker.options;
  const retention = every(retentionCheckIntervalMs, broker, () => retain(broker));
  const compaction = every(compactionCheckIntervalMs, broker, () => broker.cleaner.cleanAll(broker.clock.now()));
  const all = [retention, compaction];
  // With `always` everything is synced already, but the recovery points have to be saved.
  if (flush !== 'none') all.push(every(flushIntervalMs, broker, () => broker.logs.sync()));
  return {
    async catchUp() {
      await retention.runNow();
      await compaction.runNow();
    },
    async stop() {
      broker.cleaner.stop();
      for (const each of all) await each.stop();
    },
  };
}

/** Runs again `intervalMs` after the last run has ended, so never two at once. */
function every(intervalMs: number, broker: Broker, run: () => Promise<void>): Periodic {
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  let timer = setTimeout(tick, intervalMs);
  function tick(): void {
    clearTimeout(timer);
    running = running
      .then(run)
      .catch((error: unknown) => broker.logger('error', 'maintenance failed', { error: String(error) }))
      .then(() => {
        clearTimeout(timer);
        if (!isStopped) timer = setTimeout(tick, intervalMs);
      });
  }
  return {
    runNow() {
      tick();
      return running;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}

/** Deletes once what has expired. */
export async function retain(broker: Broker, now = broker.clock.now()): Promise<void> {
  let segments = 0;
  for (const log of broker.logs.logs.values()) segments += applyRetention(log, now);
  broker.groups.expireOffsets(now - broker.options.offsetsRetentionMs);
  broker.transactions.expire(now - TRANSACTIONAL_ID_EXPIRATION_MS);
  const offsets = await broker.offsetsTopic.mergePartitions(() => broker.groups.snapshot());
  const transactions = await broker.transactionsTopic.mergePartitions(() => broker.transactions.snapshot());
  if (segments > 0) broker.logger('info', 'expired segments deleted', { segments });
  if (segments > 0 || offsets || transactions) await broker.logs.saveStartOffsets();
}
