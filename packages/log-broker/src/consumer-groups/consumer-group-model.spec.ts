import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../turns.ts';
import { KafkaError } from '../wire/error-code.ts';
import { ConsumerGroup } from './consumer-group.ts';
import type { Topics } from './consumer-group.ts';
import { encodeRecord, parseRecord } from './consumer-group-records.ts';
import type { OwnedPartitions, ReportedPartitions } from './consumer-member.ts';
import { ByteReader } from '../wire/byte-reader.ts';

// Random interleavings of everything that can happen to a group, with simulated clients: they know only their own answers, some
// of which are lost, and they crash, leave, change their subscription and return. Some use the classic protocol, and join with
// each of their turns. The broker restarts from its records in between. What must hold:
//
// - no partition is used by two members at the same time;
// - without further disturbance, every partition gets a member, and the group becomes stable.

class SimulatedTopics implements Topics {
  version = 0;
  readonly counts = new Map([['a', 3], ['b', 2]]); // prettier-ignore

  get(name: string) {
    const count = this.counts.get(name);
    return count === undefined ? undefined : { id: idOf(name), partitions: Array.from({ length: count }) };
  }

  all() {
    return [...this.counts.keys()].map((name) => ({ name }));
  }

  byId(id: string) {
    const name = id.charAt(0);
    const topic = this.get(name);
    return topic && { name, partitions: topic.partitions };
  }

  addPartition(): void {
    this.counts.set('a', (this.counts.get('a') ?? 0) + 1);
    this.version++;
  }
}

/** Sixteen bytes in base64url, as ids of topics are. */
function idOf(name: string): string {
  return name.padEnd(22, 'A');
}

/** Names, or an expression. */
const SUBSCRIPTIONS = [['a'], ['b'], ['a', 'b'], '[ab]', '[^b]'];

function subscribesTo(subscription: string | readonly string[], topic: string): boolean {
  return typeof subscription === 'string' ? new RegExp(subscription).test(topic) : subscription.includes(topic);
}

/** Eager members of the classic protocol give up everything before they join. */
const PROTOCOLS = ['heartbeats', 'eager', 'cooperative'];

interface ClientWishes {
  readonly isStatic: boolean;
  readonly subscription: number;
  readonly protocol: string;
}

class Client {
  epoch = 0;
  /** What it works on: `topic/partition`. */
  owned = new Set<string>();
  subscription: string | readonly string[];
  isIn = false;
  readonly id: string;
  readonly instanceId: string | null;
  readonly protocol: string;
  generation = 0;

  constructor(number: number, { isStatic, subscription, protocol }: ClientWishes) {
    this.id = `member-${number}`;
    this.protocol = protocol;
    this.instanceId = isStatic ? `instance-${number}` : null;
    this.subscription = SUBSCRIPTIONS[subscription] ?? [];
  }

  get isClassic(): boolean {
    return this.protocol !== 'heartbeats';
  }

  get memberId(): string {
    return `${this.id}-${this.generation}`;
  }

  reported(): ReportedPartitions {
    return [...this.owned].map((each) => {
      const [topicId = '', partition] = each.split('/');
      return { topicId, partitions: [Number(partition)] };
    });
  }
}

class Simulation {
  group = new ConsumerGroup('group');
  readonly topics = new SimulatedTopics();
  readonly clients: Client[];
  private records = new Map<string, { key: Buffer; value: Buffer | null }>();

  constructor(clients: readonly ClientWishes[]) {
    this.clients = clients.map((wishes, number) => new Client(number, wishes));
  }

  beat(client: Client, isAnswerLost = false): void {
    client.isIn = true;
    if (client.isClassic) client.epoch = 0;
    if (client.protocol === 'eager') client.owned.clear();
    try {
      const answer = atOnce(
        this.group.beat(
          {
            memberId: client.memberId,
            epoch: client.epoch,
            instanceId: client.instanceId,
            rackId: null,
            clientId: 'client',
            clientHost: '/127.0.0.1',
            rebalanceTimeoutMs: 60_000,
            topics: typeof client.subscription === 'string' ? [] : client.subscription,
            regex: typeof client.subscription === 'string' ? client.subscription : '',
            assignor: null,
            reported: client.reported(),
            classic: client.isClassic ? { sessionTimeoutMs: 1, protocols: [] } : null,
            isVisible: () => true,
          },
          this.topics,
        ),
      );
      this.write();
      if (isAnswerLost) return;
      client.epoch = answer.member.epoch;
      if (answer.assigned) client.owned = namesOf(answer.assigned);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.write();
      // It gives up everything, and joins again with its next heartbeat.
      client.owned.clear();
      client.epoch = 0;
    }
    this.checkOwners();
  }

  leave(client: Client): void {
    if (this.group.members.has(client.memberId)) {
      if (client.instanceId === null) this.group.leave(client.memberId, null);
      // Static members of the classic protocol end without a word.
      else if (!client.isClassic) this.group.leaveStatically(client.memberId, client.instanceId);
    }
    this.stop(client);
  }

  /** It ends without a word, and the broker notices. */
  crash(client: Client): void {
    this.group.remove(client.memberId);
    this.stop(client);
  }

  private stop(client: Client): void {
    this.write();
    client.owned.clear();
    client.isIn = false;
    client.epoch = 0;
    client.generation++;
  }

  /** What is on the disk is all that a broker has after a restart. */
  restart(): void {
    this.group = new ConsumerGroup('group');
    for (const { key, value } of this.records.values()) {
      const reader = new ByteReader(key);
      const record = parseRecord(reader.int16(), reader, value);
      if (record && value) this.group.restore(record);
    }
  }

  private write(): void {
    while (this.group.hasChanges) {
      for (const change of this.group.takeChanges(10)) {
        const record = encodeRecord(change);
        const name = record.key.toString('hex');
        // The order of keys is that of their last records.
        this.records.delete(name);
        this.records.set(name, record);
      }
    }
  }

  private checkOwners(): void {
    const all = this.clients.flatMap(({ owned }) => [...owned]);
    assert.equal(new Set(all).size, all.length, `a partition has two members: ${all.join(' ')}`);
  }

  settle(): void {
    const left = this.clients.filter(({ isIn }) => !isIn);
    // The sessions of those that do not return end.
    for (const { id } of this.group.members.values()) {
      if (left.some((client) => id.startsWith(`${client.id}-`))) this.group.remove(id);
    }
    for (let round = 0; round < 8; round++) for (const client of this.clients) if (client.isIn) this.beat(client);
  }
}

function namesOf(owned: OwnedPartitions): Set<string> {
  return new Set([...owned].flatMap(([topicId, all]) => [...all.keys()].map((partition) => `${topicId}/${partition}`)));
}

const step = fc.record({
  what: fc.constantFrom(
    'beat',
    'beat',
    'beat',
    'lose answer',
    'leave',
    'crash',
    'subscribe',
    'add partition',
    'restart',
  ),
  who: fc.nat(3),
  subscription: fc.nat(4),
});
const wishes = { isStatic: fc.boolean(), subscription: fc.nat(4), protocol: fc.constantFrom(...PROTOCOLS) };
const clients = fc.array(fc.record(wishes), {
  minLength: 4,
  maxLength: 4,
});

function take(
  simulation: Simulation,
  { what, who, subscription }: { what: string; who: number; subscription: number },
) {
  const client = simulation.clients[who] as Client;
  if (what === 'beat') simulation.beat(client);
  else if (what === 'lose answer') simulation.beat(client, true);
  else if (what === 'leave') simulation.leave(client);
  else if (what === 'crash') simulation.crash(client);
  else if (what === 'subscribe') client.subscription = SUBSCRIPTIONS[subscription] ?? [];
  else if (what === 'restart') simulation.restart();
  else simulation.topics.addPartition();
}

describe('a consumer group under random events', () => {
  it('never gives a partition to two members at the same time, and becomes stable', () => {
    const numRuns = Number(process.env.GROUP_RUNS ?? 300);
    const property = fc.property(clients, fc.array(step, { maxLength: 60 }), (members, steps) => {
      const simulation = new Simulation(members);
      for (const each of steps) take(simulation, each);
      simulation.settle();
      const present = simulation.clients.filter(({ isIn }) => isIn);
      expect(simulation.group.phase).toBe(present.length === 0 ? 'Empty' : 'Stable');
      for (const [topic, count] of simulation.topics.counts) {
        const isWanted = present.some(({ subscription }) => subscribesTo(subscription, topic));
        const owned = present.flatMap((client) => [...client.owned].filter((each) => each.startsWith(idOf(topic))));
        expect(owned.length, `${topic}: ${owned.join(' ')}`).toBe(isWanted ? count : 0);
      }
    });
    fc.assert(property, { numRuns });
  });
});
