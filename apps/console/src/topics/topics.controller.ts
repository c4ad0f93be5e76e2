import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { RecordDetail, Tail, Topic, TopicList } from '../api.ts';
import { read } from '../http/read.ts';
import { TOPIC_CHARACTERS_MAX } from '../limits.ts';
import { readRecord } from './read-record.ts';
import { readTail } from './read-tail.ts';
import { Topics } from './topics.ts';
import { BrokerReader } from '../broker/broker-reader.ts';

const tailQuery = z.strictObject({
  filter: z.string().max(1_000).optional(),
  after: z.string().max(10_000).optional(),
});
const place = z.strictObject({
  topic: z.string().max(TOPIC_CHARACTERS_MAX),
  partition: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number),
  offset: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a whole number')
    .transform(BigInt),
});

@Controller('api/topics')
export class TopicsController {
  readonly #topics: Topics;
  readonly #broker: BrokerReader;

  constructor(topics: Topics, broker: BrokerReader) {
    this.#topics = topics;
    this.#broker = broker;
  }

  /** Events first, in the order of the catalog; the broker's own last. */
  @Get()
  async list(): Promise<TopicList> {
    return this.#topics.list();
  }

  @Get(':topic')
  async one(@Param('topic') topic: string): Promise<Topic> {
    return this.#topics.one(topic);
  }

  @Get(':topic/records')
  async records(@Param('topic') topic: string, @Query() query: unknown): Promise<Tail> {
    const { filter, after } = read(tailQuery, query, 'filter is field=value, as of npm run bus -- tail --where.');
    return this.#broker.use(async (broker, signal) => readTail(broker, signal, { topic, filter, after }));
  }

  @Get(':topic/:partition/:offset')
  async record(@Param() params: unknown): Promise<RecordDetail> {
    const { topic, partition, offset } = read(place, params, 'An address is /topics/TOPIC/PARTITION/OFFSET.');
    return this.#broker.use(async (broker, signal) => readRecord(broker, signal, { topic, partition, offset }));
  }
}
