import type { FileSystem } from '../storage/file-system.ts';
import type { Steps } from '../turns.ts';

// Kafka's checkpoint files: a version line, a count line, then `topic partition offset` a line.

const VERSION = '0';

export interface CheckpointedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The content of such a file. */
export function* offsetCheckpoint(offsets: Iterable<CheckpointedOffset>): Steps<string> {
  const lines: string[] = [];
  for (const { topic, partition, offset } of offsets) {
    lines.push(`${topic} ${partition} ${offset}`);
    yield;
  }
  return [VERSION, String(lines.length), ...lines, ''].join('\n');
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
