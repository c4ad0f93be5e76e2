import type { Broker } from './broker.ts';
import { TRANSACTIONAL_ID_EXPIRATION_MS } from './limits.ts';
import { applyRetention } from './log/log-retention.ts';

/** Starts the periodic work: syncs, retention, compaction, expiry of offsets. Returns how to stop it. */
export function startMaintenance(broker: Broker): () => Promise<void> {
  const { flush, flushIntervalMs, retentionCheckIntervalMs, compactionCheckIntervalMs } = broker.options;
  const stops = [
    every(retentionCheckIntervalMs, broker, () => retain(broker)),
    every(compactionCheckIntervalMs, broker, () => broker.cleaner.cleanAll()),
  ];
  // With `always` everything is synced already, but the recovery points have to be saved.
  if (flush !== 'none') stops.push(every(flushIntervalMs, broker, () => broker.logs.sync()));
  return async () => {
    broker.cleaner.stop();
    for (const stop of stops) await stop();
  };
}

/** Runs again `intervalMs` after the last run has ended, so never two at once. */
function every(intervalMs: number, broker: Broker, run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  let timer = setTimeout(tick, intervalMs);
  function tick(): void {
    running = run()
      .catch((error: unknown) => broker.logger('error', 'maintenance failed', { error: String(error) }))
      .then(() => {
        if (!isStopped) timer = setTimeout(tick, intervalMs);
      });
  }
  return () => {
    isStopped = true;
    clearTimeout(timer);
    return running;
  };
}

/** Deletes once what has expired. */
export async function retain(broker: Broker, now = Date.now()): Promise<void> {
  let segments = 0;
  for (const log of broker.logs.logs.values()) segments += applyRetention(log, now);
  broker.groups.expireOffsets(now - broker.options.offsetsRetentionMs);
  broker.transactions.expire(now - TRANSACTIONAL_ID_EXPIRATION_MS);
  const offsets = await broker.offsetsTopic.compact(() => broker.groups.snapshot());
  const transactions = await broker.transactionsTopic.compact(() => broker.transactions.snapshot());
  if (segments > 0) broker.logger('info', 'expired segments deleted', { segments });
  if (segments > 0 || offsets || transactions) await broker.logs.saveStartOffsets();
}
