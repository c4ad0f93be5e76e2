import { join } from 'node:path';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import type { FileSystem } from '../storage/file-system.ts';

/** Ids are taken from the disk in blocks, so that handing one out costs no write. A restart skips the rest of a block. */
const BLOCK_SIZE = 1_000;

const FILE = 'producer-ids.json';

/** Hands out producer ids, each only once in the life of the data folder. */
export class ProducerIds {
  private next: number;
  private reservedUntil: number;
  private readonly files: FileSystem;
  private readonly path: string;

  /** `firstUnused` is asked where nothing says which ids are taken: in a new folder, or one that an Apache Kafka has written. */
  constructor(files: FileSystem, folder: string, firstUnused: () => number) {
    this.files = files;
    this.path = join(folder, FILE);
    const content = files.readFile(this.path);
    this.next = content ? (JSON.parse(content.toString('utf8')) as { next: number }).next : firstUnused();
    this.reservedUntil = this.next;
  }

  /** @throws {KafkaError} KAFKA_STORAGE_ERROR when the disk refuses the next block */
  take(): number {
    if (this.next >= this.reservedUntil) {
      const until = this.next + BLOCK_SIZE;
      try {
        this.files.replaceFile(this.path, `${JSON.stringify({ next: until })}\n`, true);
      } catch (error) {
        throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, (error as Error).message);
      }
      this.reservedUntil = until;
    }
    return this.next++;
  }
}
