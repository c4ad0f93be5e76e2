import { expect, it } from 'vitest';
import { ByteReader } from '../wire/byte-reader.ts';
import { NO_PARTITIONS } from './consumer-member.ts';
import { encodeRecord, parseRecord } from './consumer-group-records.ts';
import type { ConsumerGroupRecord } from './consumer-group-records.ts';

const member = {
  instanceId: 'instance',
  rackId: null,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  rebalanceTimeoutMs: 60_000,
  topics: ['a', 'b'],
  regex: 'c.*',
  assignor: 'range',
  classic: null,
};
const topicId = 'XH0k0pdo2dXA309pbKTSEA';
const owned = new Map([[topicId, new Map([[0, 3], [2, 4]])]]); // prettier-ignore
const progress = { epoch: 4, previousEpoch: 3, state: 'unrevoked', assigned: owned, revoking: NO_PARTITIONS } as const;

const RECORDS: readonly ConsumerGroupRecord[] = [
  { type: 'consumer group', group: 'g', value: { epoch: 7, topicsHash: 123_456_789_012 } },
  { type: 'target epoch', group: 'g', value: { epoch: 7 } },
  { type: 'member', group: 'g', member: 'm', value: member },
  {
    type: 'member',
    group: 'g',
    member: 'classic',
    value: {
      ...member,
      classic: { sessionTimeoutMs: 9, protocols: [{ name: 'range', metadata: Buffer.from('own') }] },
    },
  },
  { type: 'target', group: 'g', member: 'm', value: new Map([[topicId, [0, 1]]]) },
  { type: 'current', group: 'g', member: 'm', value: progress },
  { type: 'matches', group: 'g', regex: 'c.*', value: { topics: new Set(['c1']), version: 5 } },
];

function parse({ key, value }: { key: Buffer; value: Buffer | null }) {
  const reader = new ByteReader(key);
  return parseRecord(reader.int16(), reader, value);
}

it.each(RECORDS)('a record of type $type is read as it was written, and so is its deletion', (record) => {
  expect(parse(encodeRecord(record))).toEqual(record);
  const deleted = { ...record, value: null } as ConsumerGroupRecord;
  expect(parse(encodeRecord(deleted))).toEqual(deleted);
});

it('a member is one of the classic protocol as Apache Kafka writes it, and only then', () => {
  const { key, value } = encodeRecord(RECORDS[2]!);
  // The tagged section of a record that Kafka 4.3.1 has written: field 0, one byte, null.
  expect(value?.subarray(-4)).toEqual(Buffer.from([1, 0, 1, 0]));
  // Kafka takes a member without the field for one of the classic protocol.
  const classic = Buffer.concat([value!.subarray(0, -4), Buffer.from([1, 0, 7, 1, 0, 0, 0, 9, 1, 0])]);
  const traits = { sessionTimeoutMs: 9, protocols: [] };
  expect(parse({ key, value: classic })).toEqual({ ...RECORDS[2], value: { ...member, classic: traits } });
});
