import { memberSignedUp } from '@event-bus/event-catalog';
import { findEnds, readRecords } from '@event-bus/messaging-client/inspect';
import { Injectable } from '@nestjs/common';
import type { TryOptions } from '../api.ts';
import { BrokerReader } from '../broker/broker-reader.ts';
import { TRY_MEMBERS_MAX } from '../limits.ts';

type Member = TryOptions['members'][number];

/** Members who can order: those that signed up here, and before them the newest of the topic. */
@Injectable()
export class KnownMembers {
  readonly #broker: BrokerReader;
  #members: readonly Member[] = [];

  constructor(broker: BrokerReader) {
    this.#broker = broker;
  }

  add(member: Member): void {
    this.#members = [member, ...this.#members].slice(0, TRY_MEMBERS_MAX);
  }

  find(memberId: string): Member | undefined {
    return this.#members.find((member) => member.memberId === memberId);
  }

  async list(): Promise<readonly Member[]> {
    if (this.#members.length === 0) this.#members = await this.#readNewest().catch(() => []);
    return this.#members;
  }

  async #readNewest(): Promise<Member[]> {
    const topic = memberSignedUp.topic.name;
    return this.#broker.use(async ({ admin, cluster }, signal) => {
      const spans = (await findEnds(admin, topic)).map(({ partition, first, next }) => {
        const from = next - BigInt(TRY_MEMBERS_MAX);
        return { topic, partition, from: from < first ? first : from, to: next };
      });
      const found: Array<Member & { readonly time: number }> = [];
      for await (const { message, time } of readRecords(cluster, spans, signal, () => undefined)) {
        const read = memberSignedUp.schema.safeParse(jsonOf(message.value));
        if (read.success)
          found.push({
            memberId: read.data.memberId,
            name: read.data.name,
            email: read.data.email,
            time: Number(time),
          });
      }
      return found
        .sort((one, other) => other.time - one.time)
        .slice(0, TRY_MEMBERS_MAX)
        .map(({ memberId, name, email }) => ({ memberId, name, email }));
    });
  }
}

function jsonOf(value: Buffer | null): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}
