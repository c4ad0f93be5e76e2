import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { DescribeConfigs } from '../../src/wire/generated/describe-configs.ts';
import { IncrementalAlterConfigs } from '../../src/wire/generated/incremental-alter-configs.ts';
import { SOON } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const DELETE = 1;
const APPEND = 2;

async function describeSettings(at: BrokerUnderTest, resourceType: number, resourceName: string) {
  const resources = [{ resourceType, resourceName, configurationKeys: null }];
  const answer = await at.wire.send(DescribeConfigs, 4, {
    resources,
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return answer.results[0];
}

async function alter(at: BrokerUnderTest, resource: [number, string], change: [string, number, string | null]) {
  const [name, configOperation, value] = change;
  const [resourceType, resourceName] = resource;
  const resources = [{ resourceType, resourceName, configs: [{ name, configOperation, value }] }];
  return (await at.wire.send(IncrementalAlterConfigs, 1, { resources, validateOnly: false })).responses[0];
}

async function brokerId(at: BrokerUnderTest): Promise<string> {
  const { brokers } = await at.admin.describeCluster();
  return String(brokers[0]?.nodeId);
}

export const settings: Chapter = {
  title: 'Settings',
  behaviours: [
    {
      title: 'describes every setting of a topic, with the values it overrides and its documentation',
      show: async (at) => {
        const topic = await at.newTopic('settings', 1, { 'retention.ms': '1234567' });
        const described = await describeSettings(at, TOPIC, topic);
        expect(described?.configs?.length).toBeGreaterThan(25);
        const retention = described?.configs.find(({ name }) => name === 'retention.ms');
        expect(retention).toMatchObject({ value: '1234567', configSource: 1 });
        expect(retention?.synonyms).toMatchObject([{ name: 'retention.ms', source: 1 }]);
        const size = described?.configs.find(({ name }) => name === 'segment.bytes');
        expect(size?.synonyms).toMatchObject([{ name: 'log.segment.bytes', value: size?.value, source: 5 }]);
        expect(retention?.documentation?.length).toBeGreaterThan(20);
      },
    },
    {
      title: 'describes the settings of the broker',
      show: async (at) => {
        const described = await describeSettings(at, BROKER, await brokerId(at));
        expect(described?.configs.length).toBeGreaterThan(200);
        expect(described?.configs.find(({ name }) => name === 'num.partitions')).toMatchObject({ value: '1' });
      },
    },
    {
      title: 'sets, extends and removes single settings of a topic',
      show: async (at) => {
        const topic = await at.newTopic('altered', 1, { 'cleanup.policy': 'delete' });
        const valueOf = async (wanted: string) =>
          (await describeSettings(at, TOPIC, topic))?.configs.find(({ name }) => name === wanted)?.value;
        expect(await alter(at, [TOPIC, topic], ['retention.ms', SET, '99'])).toMatchObject({ errorCode: 0 });
        await expect.poll(() => valueOf('retention.ms'), SOON).toBe('99');
        await alter(at, [TOPIC, topic], ['cleanup.policy', APPEND, 'compact']);
        await expect.poll(() => valueOf('cleanup.policy'), SOON).toBe('delete,compact');
        await alter(at, [TOPIC, topic], ['retention.ms', DELETE, null]);
        await expect.poll(() => valueOf('retention.ms'), SOON).toBe('604800000');
      },
    },
    {
      title: 'refuses unknown settings and invalid values',
      show: async (at) => {
        const topic = await at.newTopic('unaltered');
        const unknown = await alter(at, [TOPIC, topic], ['no.such.setting', SET, '1']);
        expect(unknown).toMatchObject({ errorCode: ErrorCode.INVALID_CONFIG });
        const wrong = await alter(at, [TOPIC, topic], ['retention.ms', SET, 'soon']);
        expect(wrong).toMatchObject({ errorCode: ErrorCode.INVALID_CONFIG });
      },
    },
    {
      title: 'accepts segments smaller than 1 MiB',
      missing: {
        on: 'Apache Kafka',
        because: 'Kafka has a minimum since 4.1. Tests of retention need segments of a few records.',
      },
      show: async (at) => {
        const topic = await at.newTopic('tiny', 1, { 'segment.bytes': '2000' });
        expect(await describeSettings(at, TOPIC, topic)).toMatchObject({ errorCode: 0 });
      },
    },
    {
      title: 'changes settings of the running broker',
      missing: {
        on: 'log-broker',
        because: 'Its settings are given at the start, by command line, environment or file, and do not change.',
      },
      show: async (at) => {
        const broker = await brokerId(at);
        const answer = await alter(at, [BROKER, broker], ['log.cleaner.backoff.ms', SET, '15000']);
        expect(answer).toMatchObject({ errorCode: 0 });
      },
    },
  ],
};
