import type { Claim, ClaimFacts, Confirmed, OutsideContext } from '@event-bus/messaging-client';
import type { EntityManager } from 'typeorm';

/** What a handler did with its claim, without a database. */
export class FakeOutsideContext implements OutsideContext {
  readonly event = {
    id: '0199f1c2-7d50-7001-8a00-000000000001',
    name: 'member.signed-up',
    version: 1,
    source: 'member-service',
    time: '2026-11-21T09:00:00.000Z',
    traceparent: undefined,
  };
  readonly topic = 'member';
  readonly partition = 3;
  readonly offset = '42';
  readonly key = '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d';
  readonly group = 'mail-service';
  readonly attempt = 1;
  readonly signal = new AbortController().signal;
  readonly ambiguous: boolean;
  confirmed = false;

  constructor({ ambiguous = false } = {}) {
    this.ambiguous = ambiguous;
  }

  async claim(write?: (manager: EntityManager, claim: ClaimFacts) => Promise<void>): Promise<Claim> {
    const facts = { ambiguous: this.ambiguous, attempt: this.ambiguous ? 2 : 1, unconfirmed: this.ambiguous ? 1 : 0 };
    await write?.({} as EntityManager, facts);
    return {
      ...facts,
      confirm: async (write) => {
        await write?.({} as EntityManager);
        this.confirmed = true;
        return {} as Confirmed;
      },
    };
  }
}
