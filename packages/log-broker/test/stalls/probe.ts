import { setTimeout as delay } from 'node:timers/promises';
import { Heartbeat } from '../../src/wire/generated/heartbeat.ts';
import { JoinGroup } from '../../src/wire/generated/join-group.ts';
import { CreateTopics } from '../../src/wire/generated/create-topics.ts';
import { Produce } from '../../src/wire/generated/produce.ts';
import { SyncGroup } from '../../src/wire/generated/sync-group.ts';
import { encodeBatch } from '../../src/wire/record-batch.ts';
import { WireClient } from '../wire-client.ts';

// A small client, in a process of its own so that only the broker makes it wait: a produce and a heartbeat every 20 ms, each
// on a connection of its own. On `report` it sends the longest waits since the last one.

const EVERY_MS = 20;
const TOPIC = 'probe';

const [address = ''] = process.argv.slice(2);
const producer = await WireClient.connect(address);
const member = await WireClient.connect(address);
const topic = { name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
await producer.send(CreateTopics, 2, { topics: [topic], timeoutMs: 1_000, validateOnly: false });
const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }];
const joining = {
  groupId: 'probe',
  sessionTimeoutMs: 60_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: 'consumer',
  protocols,
};
const { memberId, generationId } = await member.send(JoinGroup, 1, { ...joining, memberId: '' });
await member.send(SyncGroup, 0, { groupId: 'probe', generationId, memberId, assignments: [] });

const produce = async (): Promise<number> => {
  const records = encodeBatch({ records: [{ key: null, value: Buffer.from('x') }], timestamp: Date.now() });
  const topicData = [{ name: TOPIC, topicId: '', partitionData: [{ index: 0, records }] }];
  const { responses } = await producer.send(Produce, 3, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1_000,
    topicData,
  });
  return responses[0]?.partitionResponses[0]?.errorCode ?? -1;
};
const beat = async (): Promise<number> =>
  (await member.send(Heartbeat, 0, { groupId: 'probe', generationId, memberId })).errorCode;

export interface ProbeReport {
  readonly produceMs: number;
  readonly heartbeatMs: number;
  readonly sent: number;
  readonly refused: number;
}

let report = { produceMs: 0, heartbeatMs: 0, sent: 0, refused: 0 };
async function repeat(what: 'produceMs' | 'heartbeatMs', send: () => Promise<number>): Promise<never> {
  for (;;) {
    const began = performance.now();
    const errorCode = await send();
    report[what] = Math.max(report[what], performance.now() - began);
    report.sent++;
    if (errorCode !== 0) report.refused++;
    await delay(EVERY_MS);
  }
}
void repeat('produceMs', produce);
void repeat('heartbeatMs', beat);

process.on('message', (message) => {
  if (message !== 'report') return;
  process.send?.(report satisfies ProbeReport);
  report = { produceMs: 0, heartbeatMs: 0, sent: 0, refused: 0 };
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
