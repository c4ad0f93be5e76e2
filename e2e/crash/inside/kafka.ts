import { createRequire } from 'node:module';
import type { Passes } from './watcher.ts';

/** The part of kafkajs through which every request to a broker goes, whatever is built above it. */
interface BrokerRequests {
  produce(...args: unknown[]): Promise<unknown>;
  fetch(...args: unknown[]): Promise<Fetched>;
  offsetCommit(...args: unknown[]): Promise<unknown>;
  joinGroup(...args: unknown[]): Promise<unknown>;
}

interface Fetched {
  readonly responses: ReadonlyArray<{
    readonly partitions: ReadonlyArray<{ readonly messages: readonly unknown[] }>;
  }>;
}

const require = createRequire(import.meta.url);

export function watchKafka(passes: Passes): void {
  const { prototype } = require('kafkajs/src/broker') as { prototype: BrokerRequests };
  const { produce, fetch, offsetCommit, joinGroup } = prototype;
  prototype.produce = async function watchedProduce(...args) {
    passes('before-produce');
    const acknowledged = await produce.apply(this, args);
    passes('after-produce');
    return acknowledged;
  };
  prototype.fetch = async function watchedFetch(...args) {
    const fetched = await fetch.apply(this, args);
    const hasRecords = fetched.responses.some(({ partitions }) =>
      partitions.some(({ messages }) => messages.length > 0),
    );
    if (hasRecords) passes('after-fetch');
    return fetched;
  };
  prototype.offsetCommit = async function watchedOffsetCommit(...args) {
    passes('before-offset-commit');
    return offsetCommit.apply(this, args);
  };
  // Once before the other members know of it, and once between joining and receiving its assignment.
  prototype.joinGroup = async function watchedJoinGroup(...args) {
    passes('rejoining');
    const joined = await joinGroup.apply(this, args);
    passes('rejoining');
    return joined;
  };
}
