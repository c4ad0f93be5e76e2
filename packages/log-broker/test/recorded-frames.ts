import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * Frames recorded between eight clients and Apache Kafka 4.3.1: kafkajs, platformatic, librdkafka, kcat, Java and its
 * tools, franz-go, kafka-python and aiokafka.
 */
export interface RecordedFrame {
  readonly direction: 'request' | 'response';
  readonly key: number;
  readonly version: number;
  /** Without the length before it. */
  readonly bytes: Buffer;
}

export function recordedFrames(): RecordedFrame[] {
  const lines = gunzipSync(readFileSync(join(import.meta.dirname, 'kafka-frames.jsonl.gz'))).toString('utf8');
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [direction, key, version, base64] = JSON.parse(line) as [string, number, number, string];
      const bytes = Buffer.from(base64, 'base64');
      return { direction: direction === 'q' ? 'request' : 'response', key, version, bytes };
    });
}
