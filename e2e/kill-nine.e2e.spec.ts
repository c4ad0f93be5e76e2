import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICES } from '../tools/stack/services.ts';
import { startStack } from './harness/start-stack.ts';
import type { System } from './harness/start-stack.ts';
import { Traffic } from './harness/traffic.ts';
import { until } from '@event-bus/test-kit/until';

const EVERY_PART = [...SERVICES, 'log-broker', 'maildev', 'postgres'];

let system: System;
let traffic: Traffic;

beforeAll(async () => {
  system = await startStack();
  traffic = new Traffic(system);
});
afterAll(async () => {
  await traffic?.stop();
  await system?.close();
});

interface LedgerRow {
  recipient: string;
  template: string;
  ambiguous: boolean;
  message_id: string;
  status: string;
}

describe('kill -9 of each process under steady traffic', () => {
  it('leaves every accepted request with exactly one mail, or with one that the ledger calls ambiguous', async () => {
    traffic.start();
    await traffic.goOn(10);
    for (const part of EVERY_PART) {
      const killed = system.pid(part);
      await system.kill(part);
      await system.ready(part);
      expect(system.pid(part)).not.toBe(killed);
      await traffic.goOn(10);
    }
    await traffic.stop();
    await system.ready();

    const ledger = await until('every accepted request to be in the ledger as accepted', async () => {
      const rows = await system.query<LedgerRow>(
        'mail-service',
        'SELECT recipient, template, ambiguous, message_id, status FROM mail',
      );
      const accepted = new Map(
        rows.filter(({ status }) => status === 'accepted').map((row) => [`${row.template} ${row.recipient}`, row]),
      );
      const missing = traffic.promised.filter(({ to, template }) => !accepted.has(`${template} ${to}`));
      if (missing.length > 0) throw new Error(`${missing.length} missing, such as ${JSON.stringify(missing[0])}`);
      return accepted;
    });

    const mails = await system.inbox.mails();
    const score = {
      promised: traffic.promised.length,
      mailedOnce: 0,
      ambiguous: 0,
      lost: [] as string[],
      twice: [] as string[],
    };
    for (const { to, template } of traffic.promised) {
      const entry = ledger.get(`${template} ${to}`)!;
      const copies = mails.filter(({ messageId }) => messageId === entry.message_id).length;
      if (copies === 1) score.mailedOnce += 1;
      else if (copies > 1 && entry.ambiguous) score.ambiguous += 1;
      else (copies === 0 ? score.lost : score.twice).push(`${template} ${to}`);
    }
    expect(score).toMatchObject({ lost: [], twice: [] });
    expect(score.mailedOnce + score.ambiguous).toBe(score.promised);
  });
});
