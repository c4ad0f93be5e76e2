import { join } from 'node:path';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import type { FileSystem } from '../storage/file-system.ts';

/** Ids are reserved on the disk in blocks, so that giving one out costs no write. A restart skips the rest of a block. */
const BLOCK_SIZE = 1_000;

const FILE = 'producer-ids.json';

/** Gives out producer ids, each only once in the life of the data folder. */
export class ProducerIds {
  private next: number;
  private reservedUntil: number;
  private readonly files: FileSystem;
  private readonly path: string;

  /** `firstUnused` is called when there is no record of used ids: in a new folder, or one that an Apache Kafka has written. */
  constructor(files: FileSystem, folder: string, firstUnused: () => number) {
    this.files = files;
    this.path = join(folder, FILE);
    const content = files.readFile(this.path);
    this.next = content ? (JSON.parse(content.toString('utf8')) as { next: number }).next : firstUnused();
    this.reservedUntil = this.next;
  }

  /** @throws {KafkaError} KAFKA_STORAGE_ERROR when the next block cannot be saved */
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
