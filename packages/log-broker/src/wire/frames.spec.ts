import { describe, expect, it } from 'vitest';
import { recordedFrames } from '../../test/recorded-frames.ts';
import type { RecordedFrame } from '../../test/recorded-frames.ts';
import { handlerOf } from '../requests/registry.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { RequestHeader } from './generated/request-header.ts';
import type { Api } from './message-schema.ts';

const API_VERSIONS = 18;

function reencode({ direction, version, bytes, key }: RecordedFrame, api: Api<unknown, unknown>): Buffer {
  const reader = new ByteReader(bytes);
  const writer = new ByteWriter();
  if (direction === 'request') {
    const headerVersion = api.request.isFlexible(version) ? 2 : 1;
    RequestHeader.write(writer, headerVersion, RequestHeader.read(reader, headerVersion));
    api.request.write(writer, version, api.request.read(reader, version));
    // In Metadata 13 librdkafka reserves four bytes for the number of topics and uses one; Apache Kafka reads over the rest, too.
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
        expect(reencode(frame, handler.api).toString('hex')).toBe(frame.bytes.toString('hex'));
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
