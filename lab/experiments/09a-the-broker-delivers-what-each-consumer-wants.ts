import { randomUUID } from 'node:crypto';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import { readAll } from '../harness/read-all.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = 40;
const COUNTRIES = ['kr', 'us', 'de', 'jp'];
const WANTED = 'kr';
const WANTED_COUNT = MESSAGES / COUNTRIES.length;

const takesAll = async (client: Client): Promise<Seen> => {
  const queue = await client.create();
  await queue.send(all().map(({ country, body }) => ({ key: country, body })));
  const { length } = await readAll(queue, MESSAGES);
  return { stored: length, direct: length };
};

export const experiment: Experiment = {
  claim: {
    en: 'The broker delivers to each consumer only what it wants.',
    ko: '브로커는 각 소비자에게 원하는 메시지만 전달한다.',
  },
  tooSimple: {
    en: 'RabbitMQ routes by rules that consumers set, and ActiveMQ lets a consumer select what it takes from a queue. A log does not: a consumer of a topic receives everything and drops the rest itself, so what to filter by becomes a topic of its own. Redis filters only what it does not store.',
    ko: 'RabbitMQ는 소비자가 정한 규칙으로 라우팅하고, ActiveMQ의 소비자는 큐에서 가져갈 것을 고를 수 있다. 로그는 그렇지 않다. 토픽의 소비자는 전부 받아 스스로 버리므로, 거르고 싶은 기준이 별도의 토픽이 된다. Redis는 저장하지 않는 것만 거른다.',
  },
  method: {
    en: `${MESSAGES} messages of ${COUNTRIES.length} countries; a consumer wants the ${WANTED_COUNT} of one. Counted is what reaches it.`,
    ko: `${COUNTRIES.length}개 나라의 메시지 ${MESSAGES}건. 소비자는 한 나라의 ${WANTED_COUNT}건을 원한다. 소비자에게 도착한 것을 센다.`,
  },
  how: {
    ...allKafka({ en: 'The country is the key; a group reads the topic.', ko: '나라가 키이다. 그룹이 토픽을 읽는다.' }),
    rabbitmq: {
      en: 'A topic exchange, a queue bound with `kr.#`.',
      ko: 'topic exchange, `kr.#`로 바인딩한 큐.',
    },
    redis: {
      en: 'A stream with the country in the entry; then PSUBSCRIBE `kr.*`.',
      ko: '항목에 나라가 든 스트림. 다음은 PSUBSCRIBE `kr.*`.',
    },
    activemq: {
      en: "A queue, read with the selector `country = 'kr'`; then topics, read as `kr.*`.",
      ko: "selector `country = 'kr'`로 읽는 큐. 다음은 `kr.*`로 읽는 토픽.",
    },
    sqs: {
      en: 'One queue. Filters are those of SNS, which would need a queue for each consumer.',
      ko: '큐 하나. 필터는 SNS의 기능이며 소비자마다 큐가 필요하다.',
    },
  },
  run: {
    ...allKafka(takesAll),
    sqs: takesAll,
    rabbitmq: async (client, lab) => {
      const exchange = await client.createExchange('topic');
      const queue = await client.create();
      await client.channel.bindQueue(queue.name, exchange, lab.sabotaged ? '#' : `${WANTED}.#`);
      for (const { country, body } of all())
        client.channel.publish(exchange, `${country}.order.created`, Buffer.from(body), { persistent: true });
      await client.untilConfirmed();
      // To the end: one too many would be the last to come.
      const { length } = await readAll(queue, MESSAGES);
      return { stored: length, direct: length };
    },
    activemq: async (client, lab) => {
      const queue = await client.create();
      const topics = `lab-${randomUUID()}`;
      const [stored, direct] = [new Collector(), new Collector()];
      const pattern = lab.sabotaged ? '>' : `${WANTED}.*`;
      await client.subscribe(`topic://${topics}.${pattern}`, (body) => direct.add(body));
      for (const { country, body } of all()) {
        await client.publish(queue.name, [{ body, application_properties: { country } }]);
        await client.publish(`topic://${topics}.${country}.created`, [{ body }]);
      }
      const selector = lab.sabotaged ? undefined : `country = '${WANTED}'`;
      await client.subscribe(queue.name, (body) => stored.add(body), selector);
      await Promise.all([stored.until(MESSAGES), direct.until(MESSAGES)]);
      return { stored: stored.distinct, direct: direct.distinct };
    },
    redis: async (client, lab: Lab) => {
      const { stored = 0 } = await takesAll(client);
      const prefix = `lab-${randomUUID()}`;
      const received = new Collector();
      await client.subscribe(`${prefix}.${lab.sabotaged ? '*' : `${WANTED}.*`}`, (body) => received.add(body));
      for (const { country, body } of all()) await client.redis.publish(`${prefix}.${country}.created`, body);
      await received.until(MESSAGES);
      return { stored, direct: received.distinct };
    },
  },
  judge: ({ stored = 0, direct = 0 }) => {
    const reached = Math.min(stored, direct);
    const figure = {
      en: `${reached} received, ${WANTED_COUNT} wanted`,
      ko: `${WANTED_COUNT}건을 원했고 ${reached}건을 받음`,
    };
    if (stored === WANTED_COUNT)
      return { verdict: 'holds', figure, reason: { en: 'Nothing else came.', ko: '다른 것은 오지 않았다.' } };
    if (direct === WANTED_COUNT)
      return {
        verdict: 'holds if',
        figure,
        reason: {
          en: '… it is pub/sub, where nothing is stored.',
          ko: '… 아무것도 저장하지 않는 pub/sub인 경우.',
        },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'The consumer receives all and drops the rest.', ko: '소비자가 모두 받아 나머지를 버린다.' },
    };
  },
  sabotage: {
    what: {
      en: 'Bound, or subscribed, with a pattern for all, and read without a selector.',
      ko: '모두에 맞는 패턴으로 바인딩하거나 구독하고, selector 없이 읽는다.',
    },
    without: ['log-broker', 'kafka', 'kafka-zookeeper', 'sqs'],
  },
  chart: {
    title: {
      en: `What reached a consumer that wants ${WANTED_COUNT}`,
      ko: `${WANTED_COUNT}건을 원하는 소비자에게 도착한 메시지`,
    },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'stored', label: { en: 'stored messages', ko: '저장되는 메시지' } },
      { value: 'direct', label: { en: 'the best way there is', ko: '가능한 최선의 방법' } },
    ],
  },
};

function all(): Array<{ country: string; body: string }> {
  return Array.from({ length: MESSAGES }, (_, n) => ({ country: COUNTRIES[n % COUNTRIES.length]!, body: String(n) }));
}
