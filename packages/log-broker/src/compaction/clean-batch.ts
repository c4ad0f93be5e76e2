import { compress } from '../wire/compress.ts';
import { deleteHorizonOf, emptyBatch, joinRecords, rebuildBatch } from '../wire/rebuild-batch.ts';
import { readRecords } from '../wire/record-batch.ts';
import type { StoredRecord } from '../wire/record-batch.ts';
import type { Pace } from './pace.ts';
import { payloadOf } from './stored-batches.ts';
import type { StoredBatch } from './stored-batches.ts';
import type { Verdict } from './what-stays.ts';

/** The batch as it is after the compaction: unchanged, with fewer records, empty, or undefined when it is removed. */
export async function cleanBatch(
  batch: StoredBatch,
  verdict: Verdict,
  horizon: number,
  decompressedBytesMax: number,
  pace: Pace,
): Promise<Buffer | undefined> {
  const { header, bytes } = batch;
  const records = payloadOf(batch, decompressedBytesMax);
  const kept: StoredRecord[] = [];
  let keepsTombstone = false;
  for (const record of readRecords(header, records)) {
    if (pace.isOver) await pace.pause();
    if (!verdict.keepsRecord(record)) continue;
    kept.push(record);
    keepsTombstone ||= record.value === null;
  }
  if (kept.length === 0) return verdict.keepsHeader ? emptyBatch(bytes) : undefined;
  const needsHorizon = (keepsTombstone || verdict.isSpentMarker) && deleteHorizonOf(bytes) === undefined;
  if (kept.length === header.recordCount && !needsHorizon) return bytes;
  const newHorizon = needsHorizon ? horizon : undefined;
  const joined = joinRecords(records, kept, newHorizon);
  const compressed = await pace.waitFor(compress(joined, header.compression));
  return rebuildBatch(bytes, header, { kept, newHorizon, ...compressed });
}
