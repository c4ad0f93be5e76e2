import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Broker } from '../src/broker.ts';
import { REQUEST_BYTES_MAX } from '../src/limits.ts';
import { FrameReader } from '../src/network/frame-reader.ts';
import { answerRequest } from '../src/requests/answer-request.ts';
import { handlerOf } from '../src/requests/registry.ts';
import { WireFormatError } from '../src/wire/byte-reader.ts';
import { brokerInMemory, CLIENT } from './broker-in-memory.ts';
import { recordedFrames } from './recorded-frames.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 3_000);

const requests = recordedFrames().filter(({ direction, key, version, bytes }) => {
  const handler = handlerOf(key);
  return direction === 'request' && handler && version <= handler.versions[1] && bytes.length < 10_000;
});

const mutation = fc.record({
  frame: fc.nat(requests.length - 1),
  cutTo: fc.option(fc.nat(400), { freq: 3 }),
  changes: fc.array(fc.record({ at: fc.nat(600), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 }),
  int32: fc.option(fc.record({ at: fc.nat(200), to: fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31), 65_536) }), {
    freq: 3,
  }),
});

function mutate({ frame, cutTo, changes, int32 }: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const bytes = Buffer.from(requests[frame]?.bytes ?? Buffer.alloc(0));
  // Key and version stay: the point is to get behind the door.
  for (const { at, to } of changes) if (bytes.length > 4) bytes[4 + (at % (bytes.length - 4))] = to;
  if (int32 && bytes.length > 8) bytes.writeInt32BE(int32.to, 4 + (int32.at % (bytes.length - 7)));
  return cutTo === null ? bytes : bytes.subarray(0, cutTo);
}

describe('requests that are not what they should be', () => {
  let broker: Broker | undefined;
  afterEach(() => broker?.groups.close());

  it('are answered or refused, and never bring the broker down or make it hold much memory', () => {
    broker = brokerInMemory();
    const target = broker;
    fc.assert(
      fc.property(mutation, (mutated) => {
        try {
          const answer = answerRequest(target, mutate(mutated), CLIENT);
          if (answer instanceof Promise) answer.catch(() => {});
        } catch (error) {
          // acks=0 has no other way to say no than to close the connection.
          if (!(error instanceof WireFormatError) && !String(error).includes('acks=0')) throw error;
        }
      }),
      { numRuns: RUNS },
    );
    expect(target.topics.all().length).toBeLessThan(5_000);
  });

  it('with a length beyond the limit are refused before anything is kept', () => {
    for (const length of [-1, REQUEST_BYTES_MAX + 1, 2 ** 31 - 1]) {
      const frames = new FrameReader();
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(length);
      frames.push(bytes);
      expect(() => frames.next()).toThrow(WireFormatError);
    }
  });

  it('that arrive in pieces of any size come out whole and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (bodies, sizes) => {
          const stream = Buffer.concat(
            bodies.flatMap((body) => {
              const length = Buffer.alloc(4);
              length.writeInt32BE(body.length);
              return [length, body];
            }),
          );
          const frames = new FrameReader();
          const received: string[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 5;
            frames.push(stream.subarray(at, at + size));
            at += size;
            for (let frame = frames.next(); frame; frame = frames.next()) received.push(frame.toString('hex'));
          }
          expect(received).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
          expect(frames.bufferedBytes).toBe(0);
        },
      ),
    );
  });
});
