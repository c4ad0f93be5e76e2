import fs from 'node:fs';
import { crc32c } from '../../../packages/log-broker/src/wire/crc32c.ts';

/** Of a record batch: its checksum covers everything from its attributes on, whose low bits are the codec. */
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const GZIP = 1;

type Append = (descriptor: number, chunks: readonly Buffer[], position: number) => number;

/**
 * Makes the next uncompressed batch with a text in it one that no client can decode, on its way into the log: its header says that it
 * is compressed with gzip, and its checksum is right. A broker refuses such a batch from a producer; a disk does not.
 * @returns what sets the text, or with `undefined` ends it
 */
export function spoilBatches(): (text: string | undefined) => void {
  let wanted: Buffer | undefined;
  const files = fs as unknown as { writevSync: Append };
  const { writevSync } = files;
  files.writevSync = (descriptor, chunks, position) => {
    const batch = wanted === undefined ? undefined : chunks.find((chunk) => chunk.includes(wanted!));
    if (batch !== undefined) {
      batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) | GZIP, ATTRIBUTES_AT);
      batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
      wanted = undefined;
    }
    return writevSync(descriptor, chunks, position);
  };
  return (text) => {
    wanted = text === undefined ? undefined : Buffer.from(text);
  };
}
