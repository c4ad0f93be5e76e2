import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/index.ts';
import type { RunningBroker } from '../../src/index.ts';
import { temporaryFolder } from '../broker-process.ts';
import { HAS_KAFKA_TOOLS, kafkaTool, startKafkaTool } from './kafka-tools.ts';
import type { RunningTool } from './kafka-tools.ts';

const TOOLS = 'org.apache.kafka.tools';
const SEGMENT_BYTES = 50_000;

// A JVM takes a second or two to start, more on a busy machine, and most of these start several.
const SLOW = 240_000;

describe.skipIf(!HAS_KAFKA_TOOLS)(
  "Kafka's own tools on log-broker (need java and KAFKA_LIBS)",
  { timeout: SLOW },
  () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let broker: RunningBroker;
    let at: string[];

    beforeAll(async () => {
      folder = temporaryFolder();
      const topicDefaults = { segmentBytes: SEGMENT_BYTES };
      broker = await startBroker({ data: folder.path, listen: { port: 0 }, topicDefaults });
      at = ['--bootstrap-server', `${broker.host}:${broker.port}`];
    });

    afterAll(async () => {
      await broker.close();
      folder.remove();
    });

    const topics = (...args: string[]) => kafkaTool(`${TOOLS}.TopicCommand`, [...at, ...args]);
    const groups = (...args: string[]) => kafkaTool(`${TOOLS}.consumer.group.ConsumerGroupCommand`, [...at, ...args]);
    const configs = (...args: string[]) => kafkaTool('kafka.admin.ConfigCommand', [...at, ...args]);

    it('topics and configs: create, alter, describe, list, delete', async () => {
      const made = ['--entity-type', 'topics', '--entity-name', 'made'];
      await topics('--create', '--topic', 'made', '--partitions', '2', '--config', 'retention.ms=60000');
      await topics('--alter', '--topic', 'made', '--partitions', '4');
      await configs(...made, '--alter', '--add-config', 'max.message.bytes=2000000', '--delete-config', 'retention.ms');
      const described = await topics('--describe', '--topic', 'made');
      expect(described).toContain('PartitionCount: 4');
      expect(described).toContain('max.message.bytes=2000000');
      expect(described).not.toContain('retention.ms');
      expect(await configs(...made, '--describe')).toContain('max.message.bytes=2000000');
      await topics('--delete', '--topic', 'made');
      expect(await topics('--list')).not.toContain('made');
    });

    it('console producer and consumer in a group; consumer-groups: describe, reset', async () => {
      const lines = Array.from({ length: 30 }, (_, i) => `k${i % 3}:v${i}`);
      const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
      await kafkaTool(`${TOOLS}.ConsoleProducer`, [...at, '--topic', 'typed', ...keyed], lines.join('\n'));
      const group = ['--topic', 'typed', '--group', 'console', '--from-beginning', '--max-messages', '30'];
      const read = await kafkaTool(`${TOOLS}.consumer.ConsoleConsumer`, [...at, ...group]);
      const sent = lines.map((line) => line.slice(line.indexOf(':') + 1));
      expect(read.trim().split('\n').toSorted()).toEqual(sent.toSorted());
      expect(await groups('--describe', '--group', 'console')).toMatch(/console\s+typed\s+0\s+30\s+30\s+0/);
      const reset = ['--reset-offsets', '--topic', 'typed', '--to-offset', '12', '--execute'];
      expect(await groups('--group', 'console', ...reset)).toMatch(/console\s+typed\s+0\s+12/);
    });

    it('verifiable producer and consumers: every record once, and partitions move with the members', async () => {
      await topics('--create', '--topic', 'verified', '--partitions', '4');
      const limits = ['--topic', 'verified', '--max-messages', '2000'];
      const producer = startKafkaTool(`${TOOLS}.VerifiableProducer`, [...at, ...limits]);
      const consume = () => {
        const group = ['--topic', 'verified', '--group-id', 'verifiers', '--reset-policy', 'earliest'];
        return startKafkaTool(`${TOOLS}.VerifiableConsumer`, [...at, ...group]);
      };
      await producer.ended;
      expect(producer.events.at(-1)).toMatchObject({ name: 'tool_data', acked: 2_000 });

      const one = consume();
      const received = () =>
        one.events.reduce((sum, { name, count = 0 }) => sum + (name === 'records_consumed' ? count : 0), 0);
      const owned = ({ events }: RunningTool) =>
        events.findLast(({ name }) => name === 'partitions_assigned')?.partitions?.length;
      await expect.poll(received, { timeout: 60_000 }).toBe(2_000);
      expect(owned(one)).toBe(4);
      const two = consume();
      await expect.poll(() => [owned(one), owned(two)], { timeout: 60_000 }).toEqual([2, 2]);
      await two.stop();
      await expect.poll(() => owned(one), { timeout: 60_000 }).toBe(4);
      await one.stop();
      expect(received()).toBe(2_000);
      expect(two.events.filter(({ name }) => name === 'records_consumed')).toEqual([]);
    });

    it('verifiable consumers in a consumer group (KIP-848), and consumer-groups describes it', async () => {
      await topics('--create', '--topic', 'assigned', '--partitions', '4');
      const limits = ['--topic', 'assigned', '--max-messages', '200'];
      await startKafkaTool(`${TOOLS}.VerifiableProducer`, [...at, ...limits]).ended;
      const consume = () => {
        const group = ['--topic', 'assigned', '--group-id', 'assigned', '--reset-policy', 'earliest'];
        return startKafkaTool(`${TOOLS}.VerifiableConsumer`, [...at, ...group, '--group-protocol', 'consumer']);
      };
      const received = (...all: RunningTool[]) =>
        all
          .flatMap(({ events }) => events)
          .reduce((sum, { name, count = 0 }) => sum + (name === 'records_consumed' ? count : 0), 0);
      const one = consume();
      await expect.poll(() => received(one), { timeout: 60_000 }).toBe(200);
      const two = consume();
      const owners = async () => {
        const described = await groups('--describe', '--group', 'assigned');
        return new Set(described.match(/assigned\s+assigned\s.*/g)?.map((line) => line.trim().split(/\s+/)[6])).size;
      };
      await expect.poll(owners, { timeout: 60_000 }).toBe(2);
      expect(await groups('--describe', '--group', 'assigned', '--state')).toContain('uniform');
      await one.stop();
      await two.stop();
      expect(received(one, two)).toBe(200);
    });

    it('producer and consumer performance, with and without transactions', async () => {
      const load = [...at, '--topic', 'loaded', '--num-records', '5000', '--record-size', '100', '--throughput', '-1'];
      const run = `${TOOLS}.ProducerPerformance`;
      expect(await kafkaTool(run, load)).toContain('5000 records sent');
      const transactional = ['--transactional-id', 'perf', '--transaction-duration-ms', '50'];
      expect(await kafkaTool(run, [...load, ...transactional])).toContain('5000 records sent');
      expect(await kafkaTool(`${TOOLS}.TransactionsCommand`, [...at, 'list'])).toMatch(
        /perf\s+\d+\s+\d+\s+CompleteCommit/,
      );
      const read = await kafkaTool(`${TOOLS}.ConsumerPerformance`, [
        ...at,
        '--topic',
        'loaded',
        '--num-records',
        '10000',
      ]);
      const [titles = '', figures = ''] = read.trim().split('\n').slice(-2);
      const column = titles.split(', ').indexOf('data.consumed.in.nMsg');
      expect(Number(figures.split(', ')[column])).toBeGreaterThanOrEqual(10_000);
    });

    it('offsets and delete-records', async () => {
      const offsets = [...at, '--topic', 'typed', '--time'];
      expect(await kafkaTool(`${TOOLS}.GetOffsetShell`, [...offsets, 'latest'])).toContain('typed:0:30');
      const request = join(folder.path, 'delete.json');
      writeFileSync(
        request,
        JSON.stringify({ version: 1, partitions: [{ topic: 'typed', partition: 0, offset: 10 }] }),
      );
      await kafkaTool(`${TOOLS}.DeleteRecordsCommand`, [...at, '--offset-json-file', request]);
      expect(await kafkaTool(`${TOOLS}.GetOffsetShell`, [...offsets, 'earliest'])).toContain('typed:0:10');
    });

    it('dump-log finds every batch valid and every index right', async () => {
      const files = (partition: string, ending: string) =>
        readdirSync(join(folder.path, partition))
          .filter((name) => name.endsWith(ending))
          .map((name) => join(folder.path, partition, name));
      const dump = (paths: string[], ...args: string[]) =>
        kafkaTool(`${TOOLS}.DumpLogSegments`, ['--files', paths.join(','), ...args]);
      const logs = files('loaded-0', '.log');
      expect(logs.length).toBeGreaterThan(2);
      const batches = await dump(logs, '--deep-iteration');
      expect(batches).toContain('isvalid: true');
      expect(batches).not.toContain('isvalid: false');
      // Errors of an index are printed below a line that announces them.
      const indexes = [...files('loaded-0', '.index'), ...files('loaded-0', '.timeindex')];
      expect(await dump(indexes, '--verify-index-only')).not.toMatch(/mismatch|not found|out of order/i);
      const committed = await dump(files('__consumer_offsets-0', '.log'), '--offsets-decoder');
      expect(committed).toContain('{"group":"console","topic":"typed","partition":0}');
      const states = await dump(files('__transaction_state-0', '.log'), '--transaction-log-decoder');
      expect(states).toContain('{"transactionalId":"perf"}');
    });
  },
);
