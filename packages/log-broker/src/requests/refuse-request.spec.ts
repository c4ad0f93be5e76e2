import { describe, expect, it } from 'vitest';
import { send, brokerInMemory, CLIENT } from '../../test/broker-in-memory.ts';
import { recordedFrames } from '../../test/recorded-frames.ts';
import type { RecordedFrame } from '../../test/recorded-frames.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ApiVersions } from '../wire/generated/api-versions.ts';
import { FindCoordinator } from '../wire/generated/find-coordinator.ts';
import { Heartbeat } from '../wire/generated/heartbeat.ts';
import { RequestHeader } from '../wire/generated/request-header.ts';
import { answerRequest } from './answer-request.ts';
import { handlerOf } from './registry.ts';

/** An error that no handler returns by itself. */
const CODE = ErrorCode.POLICY_VIOLATION;

describe('a request that is refused', () => {
  const broker = brokerInMemory();
  broker.topics.createNow('known', 2);
  const requests = recordedFrames().filter(({ direction, key, version }) => {
    const versions = handlerOf(key)?.versions;
    return direction === 'request' && versions && version >= versions[0] && version <= versions[1];
  });

  for (const [key, frames] of Map.groupBy(requests, (frame) => frame.key)) {
    it(`${handlerOf(key)?.api.name}: each recorded one gets a whole answer with the error in it`, async () => {
      for (const frame of frames) {
        const { expectsAnswer, namesSomething } = requestIn(frame);
        if (!expectsAnswer || !namesSomething) continue;
        const answer = await answerRequest(broker, frame.bytes, CLIENT, { forcedError: CODE });
        const codes = errorCodesIn(responseIn(frame, Buffer.concat(answer ?? [])));
        expect(codes).toContain(CODE);
      }
    });
  }

  it('without an answer closes the connection, the only way to report the error', () => {
    const silent = requests.filter((frame) => !requestIn(frame).expectsAnswer);
    expect(silent).not.toHaveLength(0);
    for (const { bytes } of silent)
      expect(() => answerRequest(broker, bytes, CLIENT, { forcedError: CODE })).toThrow('refused with 44');
  });

  it('whose coordinator has moved is refused until a client looks up the coordinator of that group', async () => {
    const heartbeat = { groupId: 'a', generationId: 1, memberId: 'm' };
    const find = async (group: string) => send(broker, FindCoordinator, 4, { keyType: 0, coordinatorKeys: [group] });
    const errorCode = async () => (await send(broker, Heartbeat, 0, heartbeat)).errorCode;
    broker.faults.moveCoordinator('group', 'a');
    expect(await errorCode()).toBe(ErrorCode.NOT_COORDINATOR);
    await find('b');
    expect(await errorCode()).toBe(ErrorCode.NOT_COORDINATOR);
    await find('a');
    expect(await errorCode()).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

function responseIn({ key, version }: RecordedFrame, answer: Buffer): unknown {
  const api = handlerOf(key)!.api;
  const reader = new ByteReader(answer, 8);
  if (api.response.isFlexible(version) && key !== ApiVersions.key) reader.unsignedVarint();
  const response = api.response.read(reader, version);
  expect(reader.remaining).toBe(0);
  return response;
}

function requestIn({ key, version, bytes }: RecordedFrame): { expectsAnswer: boolean; namesSomething: boolean } {
  const codec = handlerOf(key)!.api.request;
  const reader = new ByteReader(bytes);
  RequestHeader.read(reader, codec.isFlexible(version) ? 2 : 1);
  const request = codec.read(reader, version) as { acks?: number; topics?: unknown[] | null };
  // Some name no topic at all: there is nothing that could carry the error.
  return { expectsAnswer: request.acks !== 0, namesSomething: request.topics?.length !== 0 };
}

function errorCodesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /errorcode$/i.test(name) ? [inner as number] : errorCodesIn(inner),
  );
}
