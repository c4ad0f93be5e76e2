import type { FileSystem } from '../storage/file-system.ts';

// Kafka's checkpoint files: a version line, a count line, then `topic partition offset` a line.

const VERSION = '0';

export interface CheckpointedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Not `durable`: a power loss may bring back an older checkpoint, which only means that more of the log is checked. */
export function writeOffsetCheckpoint(
  files: FileSystem,
  path: string,
  offsets: readonly CheckpointedOffset[],
  durable = false,
): void {
  const lines = offsets.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`);
  files.replaceFile(path, [VERSION, String(lines.length), ...lines, ''].join('\n'), durable);
}

/** Offsets by `<topic>-<partition>`. A missing or damaged file counts as empty. */
export function readOffsetCheckpoint(files: FileSystem, path: string): Map<string, number> {
  const offsets = new Map<string, number>();
  const [version, count, ...lines] = (files.readFile(path)?.toString('utf8') ?? '').split('\n');
  if (version !== VERSION || lines.length < Number(count)) return offsets;
  for (const line of lines.slice(0, Number(count))) {
    const [topic, partition, offset] = line.split(' ');
    if (offset !== undefined && Number.isSafeInteger(Number(offset))) {
      offsets.set(`${topic}-${partition}`, Number(offset));
    }
  }
  return offsets;
}
