import { join } from 'node:path';
import type { FileSystem } from '../storage/file-system.ts';

// `leader-epoch-checkpoint`: a version line, a count line, then `epoch startOffset` a line. There are no elections here, so
// a log has the one epoch it began with; a log that an Apache Kafka has written may have several, and goes on in the last.

const FILE = 'leader-epoch-checkpoint';
const VERSION = '0';

export interface LeaderEpoch {
  readonly epoch: number;
  readonly startOffset: number;
}

const FIRST: LeaderEpoch = { epoch: 0, startOffset: 0 };

export function writeFirstLeaderEpoch(files: FileSystem, folder: string): void {
  const path = join(folder, FILE);
  const content = `${VERSION}\n1\n${FIRST.epoch} ${FIRST.startOffset}\n`;
  if (!files.createExclusive(path, content)) files.replaceFile(path, content, false);
}

/** Oldest first, at least one: a missing, empty or damaged file is as good as none. */
export function readLeaderEpochs(files: FileSystem, folder: string): readonly LeaderEpoch[] {
  const [version, count, ...lines] = (files.readFile(join(folder, FILE))?.toString('utf8') ?? '').split('\n');
  if (version !== VERSION || lines.length < Number(count)) return [FIRST];
  const epochs = lines.slice(0, Number(count)).map((line) => {
    const [epoch = NaN, startOffset = NaN] = line.split(' ').map(Number);
    return { epoch, startOffset };
  });
  const isSound = epochs.every(({ epoch, startOffset }) => Number.isInteger(epoch) && Number.isInteger(startOffset));
  return isSound && epochs.length > 0 ? epochs : [FIRST];
}
