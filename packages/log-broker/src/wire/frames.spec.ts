import { describe, expect, it } from 'vitest';
import { recordedFrames } from '../../test/recorded-frames.ts';
import type { RecordedFrame } from '../../test/recorded-frames.ts';
import { handlerOf } from '../requests/registry.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { RequestHeader } from './generated/request-header.ts';
import type { Api } from './message-schema.ts';

const METADATA = 3;
const API_VERSIONS = 18;

/**
 * librdkafka reserves four bytes for the number of topics, and in Metadata 13 leaves all of them where it asks for every topic.
 * What is read then ends before the frame does. Apache Kafka reads over the rest, too.
 */
const LEFT_BY_LIBRDKAFKA = Buffer.from([1, 0, 0]);

function withoutRest({ direction, key, version, bytes }: RecordedFrame): Buffer {
  const mayHaveOne = direction === 'request' && key === METADATA && version === 13;
  const end = bytes.length - LEFT_BY_LIBRDKAFKA.length;
  return mayHaveOne && bytes.subarray(end - 4).equals(Buffer.from([0, 0, 0, 0, ...LEFT_BY_LIBRDKAFKA]))
    ? bytes.subarray(0, end)
    : bytes;
}

function reencode({ direction, version, bytes, key }: RecordedFrame, api: Api<unknown, unknown>): Buffer {
  const reader = new ByteReader(bytes);
  const writer = new ByteWriter();
  if (direction === 'request') {
    const headerVersion = api.request.isFlexible(version) ? 2 : 1;
    RequestHeader.write(writer, headerVersion, RequestHeader.read(reader, headerVersion));
    api.request.write(writer, version, api.request.read(reader, version));
    // librdkafka sends three bytes too many with version 13 of Metadata.
    if (api.name === 'Metadata' && reader.remaining === 3) writer.bytes(reader.bytes(3));
  } else {
    writer.int32(reader.int32());
    if (api.response.isFlexible(version) && key !== API_VERSIONS) writer.unsignedVarint(reader.unsignedVarint());
    api.response.write(writer, version, api.response.read(reader, version));
  }
  return writer.toBuffer();
}

describe('frames recorded between real clients and Apache Kafka', () => {
  const frames = recordedFrames();
  const kinds = Map.groupBy(frames, ({ key }) => key);

  for (const [key, ofKey] of kinds) {
    const handler = handlerOf(key);
    if (!handler) continue;
    it(`${handler.api.name}: every frame in a version answered here is read and written back byte for byte`, () => {
      const answered = ofKey.filter(({ version }) => version >= handler.versions[0] && version <= handler.versions[1]);
      for (const frame of answered) {
        expect(reencode(frame, handler.api).toString('hex')).toBe(withoutRest(frame).toString('hex'));
      }
    });
  }

  it('cover most of what is answered', () => {
    const covered = frames.filter(({ key, version }) => {
      const handler = handlerOf(key);
      return handler && version >= handler.versions[0] && version <= handler.versions[1];
    });
    expect(covered.length).toBeGreaterThan(1_200);
  });
});
