import { join } from 'node:path';
import type { FileSystem } from '../storage/file-system.ts';

// `leader-epoch-checkpoint`: a version line, a count line, then `epoch startOffset` a line. There are no elections here, so
// a log keeps the epoch it began with. A log written by an Apache Kafka may have several, and continues in the last.

const FILE = 'leader-epoch-checkpoint';
const VERSION = '0';

export interface LeaderEpoch {
  readonly epoch: number;
  readonly startOffset: number;
}

const FIRST: LeaderEpoch = { epoch: 0, startOffset: 0 };
const ONLY_FIRST: readonly LeaderEpoch[] = [FIRST];
const ONLY_FIRST_CONTENT = `${VERSION}\n1\n${FIRST.epoch} ${FIRST.startOffset}\n`;

export function writeFirstLeaderEpoch(files: FileSystem, folder: string): void {
  const path = join(folder, FILE);
  if (!files.createExclusive(path, ONLY_FIRST_CONTENT)) files.replaceFile(path, ONLY_FIRST_CONTENT, false);
}

/** Oldest first, at least one: a missing, empty or damaged file counts as none. */
export function readLeaderEpochs(files: FileSystem, folder: string): readonly LeaderEpoch[] {
  const content = files.readFile(join(folder, FILE))?.toString('latin1') ?? '';
  // Of nearly every log. Thousands of them share the array.
  if (content === ONLY_FIRST_CONTENT) return ONLY_FIRST;
  const [version, count, ...lines] = content.split('\n');
  if (version !== VERSION || lines.length < Number(count)) return ONLY_FIRST;
  const epochs = lines.slice(0, Number(count)).map((line) => {
    const [epoch = NaN, startOffset = NaN] = line.split(' ').map(Number);
    return { epoch, startOffset };
  });
  const isSound = epochs.every(({ epoch, startOffset }) => Number.isInteger(epoch) && Number.isInteger(startOffset));
  return isSound && epochs.length > 0 ? epochs : ONLY_FIRST;
}
