import type { EachBatchPayload } from 'kafkajs';
import type { FetchedPartition } from '../record-set/decode-record-set.ts';
import { readFetchResponse } from '../record-set/fetch-response.ts';

/**
 * kafkajs 2.2.4 decodes a whole response before it hands out anything: it has two of five codecs, verifies no checksum, needs time that
 * grows with the square of a record's headers, and one batch that it cannot decode ends the consumer. This replaces its decoder:
 * consumers of this package get each partition's bytes as they came, and decode them when they hand them out.
 *
 * The seam is public and one consumer's own: its partition assigner is given its cluster, whose brokers look up by
 * `lookupRequest` how a response is decoded. kafkajs is pinned to that version; fetch-record-sets.spec.ts checks both.
 */
export interface ConsumerCluster {
  findBroker(target: { nodeId: string | number }): Promise<Broker>;
}

interface Broker {
  /** Set by kafkajs at every connection. */
  lookupRequest: LookupRequest;
}

type LookupRequest = (apiKey: number, definition: unknown) => (content: unknown) => ProtocolRequest;

interface ProtocolRequest {
  readonly request: { readonly apiVersion: number };
  readonly response: { decode(body: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

const FETCH = 1;

export function fetchRecordSets(cluster: ConsumerCluster): void {
  const findBroker = cluster.findBroker.bind(cluster);
  const ours = new WeakSet<LookupRequest>();
  cluster.findBroker = async (target) => {
    const broker = await findBroker(target);
    if (!ours.has(broker.lookupRequest)) {
      broker.lookupRequest = withRecordSets(broker.lookupRequest);
      ours.add(broker.lookupRequest);
    }
    return broker;
  };
}

function withRecordSets(lookup: LookupRequest): LookupRequest {
  return (apiKey, definition) => {
    const make = lookup(apiKey, definition);
    if (apiKey !== FETCH) return make;
    return (content) => {
      const made = make(content);
      const decode = async (body: Buffer): Promise<unknown> => decodeFetch(made.request.apiVersion, body);
      return { ...made, response: { ...made.response, decode } };
    };
  };
}

/** As kafkajs would, except for the messages: there is one instead, which carries all bytes of its partition. */
function decodeFetch(version: number, body: Buffer): object {
  const { throttleMs, errorCode, sessionId, topics } = readFetchResponse(version, body);
  return {
    throttleTime: 0,
    clientSideThrottleTime: throttleMs,
    errorCode,
    sessionId,
    responses: topics.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map((fetched) => ({
        partition: fetched.partition,
        errorCode: fetched.errorCode,
        highWatermark: String(fetched.highWatermark),
        preferredReadReplica: fetched.preferredReadReplica,
        messages: fetched.recordSet.length === 0 ? [] : [carrierOf(fetched)],
      })),
    })),
  };
}

interface Carrier {
  /** Never below the requested offset, or kafkajs would drop it. */
  readonly offset: string;
  readonly fetched: FetchedPartition;
}

function carrierOf(fetched: FetchedPartition): Carrier {
  return { offset: String(fetched.highWatermark), fetched };
}

/** What a batch of kafkajs carries, and the offset that was requested. */
export function recordSetOf(batch: EachBatchPayload['batch']): { fetched: FetchedPartition; fromOffset: bigint } {
  const { fetchedOffset } = batch as unknown as { fetchedOffset: string };
  return { fetched: fetchedIn(batch.messages)!, fromOffset: BigInt(fetchedOffset) };
}

/** What the messages of one partition in an answer carry; undefined when the answer has no bytes of it. */
export function fetchedIn(messages: readonly unknown[]): FetchedPartition | undefined {
  return (messages as readonly Carrier[])[0]?.fetched;
}
