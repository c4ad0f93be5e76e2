import { until } from '@event-bus/test-kit/until';
import { Kafka, logLevel } from 'kafkajs';
import { isDeepStrictEqual } from 'node:util';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Chaos,
  Frame,
  Guarantee,
  Journey,
  JourneySearch,
  MailDetail,
  MailList,
  Scoreboard,
  TryResult,
} from '../apps/console/src/api.ts';
import { MAILS_LISTED_MAX } from '../apps/console/src/limits.ts';
import { startStack } from './harness/start-stack.ts';
import type { System } from './harness/start-stack.ts';

const OWED = `type IN ('member.signed-up', 'order.completed', 'email.requested')`;

// Containers have neither a supervisor nor the console's settings of this spec.
describe.skipIf(process.env['E2E_COMPOSE_PROJECT'] !== undefined)('the console', () => {
  let system: System;
  let url: string;
  let signUps = 0;

  beforeAll(async () => {
    system = await startStack({ hasConsole: true });
    url = system.addresses.console!;
  });

  afterAll(() => system?.close());

  async function get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(`${url}/api/${path}`);
    expect({ path, status: response.status }).toEqual({ path, status: 200 });
    return (await response.json()) as Answer;
  }

  async function post<Answer>(path: string, body: object): Promise<Answer> {
    const response = await fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    expect({ path, status: response.status, answer }).toMatchObject({ status: 200 });
    return answer as Answer;
  }

  async function signUp(): Promise<TryResult & { eventId: string }> {
    const email = `console-${(signUps += 1)}@example.com`;
    const result = await post<TryResult>('try/sign-up', { email, name: '김하늘', locale: 'ko' });
    expect(result).toMatchObject({ status: 201, about: email, eventId: expect.any(String) });
    return result as TryResult & { eventId: string };
  }

  /** The next frame of the stream that a page would open. */
  async function frame(): Promise<Frame> {
    const stop = new AbortController();
    const response = await fetch(`${url}/api/stream`, { signal: stop.signal });
    let text = '';
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const data = /^event: frame\ndata: (.+)\n\n/m.exec(text)?.[1];
        if (data !== undefined) return JSON.parse(data) as Frame;
      }
    } finally {
      stop.abort();
    }
    throw new Error('the stream ended');
  }

  async function scoreboard(what: string, isWanted: (scoreboard: Scoreboard) => boolean): Promise<Scoreboard> {
    return until(what, async () => {
      const { scoreboard: found } = await frame();
      return isWanted(found) && found;
    });
  }

  const balanced = async (accepted: number): Promise<Scoreboard> =>
    scoreboard(`${accepted} mails`, (one) => one.verdict === 'balanced' && one.mailed === accepted);

  async function countAccepted(): Promise<number> {
    const counts = await Promise.all(
      (['member-service', 'order-service'] as const).map(async (service) =>
        system.query<{ events: number }>(service, `SELECT count(*)::integer AS events FROM outbox WHERE ${OWED}`),
      ),
    );
    return counts.flat().reduce((sum, { events }) => sum + events, 0);
  }

  it('counts what the tables have', async () => {
    const member = await signUp();
    const order = await post<TryResult>('try/order', {
      memberId: (
        await system.query<{ id: string }>('member-service', 'SELECT aggregateid AS id FROM outbox WHERE id = $1', [
          member.eventId,
        ])
      )[0]!.id,
      sku: 'TEA-01',
      quantity: 2,
      locale: 'en',
    });
    expect(order).toMatchObject({ status: 200, problem: null });
    const found = await balanced(await countAccepted());
    const [ledger] = await system.query<{ mails: number }>(
      'mail-service',
      `SELECT count(*)::integer AS mails FROM mail WHERE status = 'accepted'`,
    );
    expect(found).toMatchObject({
      accepted: 2,
      mailed: ledger!.mails,
      inFlight: 0,
      parked: 0,
      dead: 0,
      wrong: 0,
      problems: [],
    });
  });

  it('is missing the event whose ledger row was deleted, and names it', async () => {
    const { eventId } = await signUp();
    await balanced(await countAccepted());
    const deleted = await system.query<object>(
      'mail-service',
      'DELETE FROM mail WHERE event_id = $1 RETURNING event_id',
      [eventId],
    );
    expect(deleted).toHaveLength(1);
    const found = await scoreboard('the event to be missing', ({ verdict }) => verdict !== 'balanced');
    expect(found).toMatchObject({ verdict: 'missing', wrong: 1, events: [{ eventId, event: 'member.signed-up' }] });
    expect(await get<Journey>(`journeys/${eventId}`)).toMatchObject({ state: 'missing' });
    // It comes again, as from a backup.
    await system.query(
      'mail-service',
      `INSERT INTO mail (event_id, template, recipient, subject, message_id, status, ambiguous, consumer_group,
      topic, "partition", "offset") VALUES ($1, 'welcome', 'a@example.com', 's', 'm', 'accepted', false, 'mail-service', 'member', 0, 0)`,
      [eventId],
    );
    await balanced(await countAccepted());
  });

  it('cannot check while a service is silent, and says which; nothing is missing', async () => {
    await system.stop('order-service');
    const silent = await scoreboard('the service to be noticed', ({ verdict }) => verdict !== 'balanced');
    expect(silent).toMatchObject({
      verdict: 'unknown',
      accepted: null,
      events: [],
      problems: [{ source: 'order-service', setting: 'SERVICES_ADMIN' }],
    });
    expect(silent.mailed).not.toBeNull();
    await system.start('order-service');
    await balanced(await countAccepted());
  });

  it('shows a journey as each source has it, found by its address', async () => {
    const { eventId, about } = await signUp();
    await balanced(await countAccepted());
    // The service reports its HTTP answer a moment later, and the mail may have been faster.
    const journey = await until('the HTTP answer', async () => {
      const found = await get<Journey>(`journeys/${eventId}`);
      return found.path.status !== null && found;
    });
    const [row] = await system.query<{ seq: string; place: string; key: string }>(
      'member-service',
      `SELECT seq, aggregatetype || '/' || "partition" || '@' || "offset" AS place, aggregateid AS key FROM outbox WHERE id = $1`,
      [eventId],
    );
    expect(journey).toMatchObject({
      state: 'mailed',
      about,
      service: 'member-service',
      key: row!.key,
      path: { status: 201, seq: row!.seq, record: row!.place, smtp: expect.stringMatching(/^250 /) },
      mail: { to: about, status: 'accepted', answer: expect.stringMatching(/^250 /), attempts: 1 },
      problems: [],
    });
    expect(journey.timeline.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(
      expect.arrayContaining(['http done', 'outbox done', 'record done', 'group done', 'smtp done']),
    );
    expect(journey.groups.map(({ group }) => group)).toContain('mail-service');
    const { journeys, searched } = await get<JourneySearch>(`journeys?q=${encodeURIComponent(about)}`);
    expect(journeys.map((one) => one.eventId)).toEqual([eventId]);
    expect(searched).toContain('ledger of mail-service');
    const { journeys: byKey } = await get<JourneySearch>(`journeys?q=${row!.key}`);
    expect(byKey.map((one) => one.eventId)).toContain(eventId);
  });

  it('keeps the equation while the mail server is down, and afterwards', async () => {
    const down = await post<Chaos>('chaos/faults/mail-server-down', { value: 'on' });
    expect(down.faults).toContainEqual(expect.objectContaining({ fault: 'mail-server-down', value: 'on' }));
    const before = await countAccepted();
    await Promise.all([signUp(), signUp(), signUp()]);
    const waiting = await scoreboard(
      'mails to wait',
      ({ accepted, mailed }) => accepted === before + 3 && mailed === before,
    );
    expect(waiting).toMatchObject({ verdict: 'balanced' });
    expect((waiting.inFlight ?? 0) + (waiting.parked ?? 0)).toBe(3);
    const normal = await post<Chaos>('chaos/normal', {});
    expect(normal.faults.every(({ value }) => value === null)).toBe(true);
    await balanced(before + 3);
  });

  const guarantee = async (id: Guarantee['id']): Promise<Guarantee> =>
    (await get<Chaos>('chaos')).guarantees.find((one) => one.id === id)!;

  it('says which part has lost an event: the outbox its row, or the ledger its mail', async () => {
    await post<Chaos>('chaos/faults/broker-down', { value: 'on' });
    const { eventId } = await signUp();
    await until('its row to wait', async () => {
      const { figures } = await guarantee('committed-published');
      return (figures as { waiting: number } | null)?.waiting === 1;
    });
    const columns = 'id, source, aggregatetype, aggregateid, type, version, payload';
    const [row] = await system.query<Record<string, unknown>>(
      'member-service',
      `WITH lost AS (DELETE FROM outbox WHERE id = $1 RETURNING *) SELECT ${columns} FROM lost`,
      [eventId],
    );
    await post<Chaos>('chaos/normal', {});
    const broken = async (): Promise<object> => {
      const { guarantees } = await get<Chaos>('chaos');
      return guarantees.filter(({ holds }) => holds !== true).map(({ id, holds, events }) => ({ id, holds, events }));
    };
    const outbox = { id: 'committed-published', holds: false, events: [eventId] };
    await until('the row to be named', async () => isDeepStrictEqual(await broken(), [outbox]));
    await system.query('member-service', `INSERT INTO outbox (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
      ...Object.values(row!),
    ]);
    await until('the row to be found', async () => isDeepStrictEqual(await broken(), []));
    await balanced(await countAccepted());

    await system.query('mail-service', `UPDATE mail SET event_id = 'lost' WHERE event_id = $1`, [eventId]);
    const ledger = ['equation', 'one-place'].map((id) => ({ id, holds: false, events: [eventId] }));
    await until('the mail to be missed', async () => isDeepStrictEqual(await broken(), ledger));
    await system.query('mail-service', `UPDATE mail SET event_id = $1 WHERE event_id = 'lost'`, [eventId]);
    await balanced(await countAccepted());
  });

  it('counts duplicate mails at the mail server, and names one that the ledger does not have as ambiguous', async () => {
    const { eventId, about } = await signUp();
    await balanced(await countAccepted());
    expect(await guarantee('duplicates-ambiguous')).toEqual({
      id: 'duplicates-ambiguous',
      holds: true,
      figures: { duplicates: 0, ambiguous: 0 },
      events: [],
    });
    const [{ message_id: messageId }] = (await system.query<{ message_id: string }>(
      'mail-service',
      'SELECT message_id FROM mail WHERE event_id = $1',
      [eventId],
    )) as [{ message_id: string }];
    const mailServer = createTransport(system.addresses.smtp);
    await mailServer.sendMail({ messageId, from: 'a@example.com', to: about, subject: 'again', text: 'again' });
    mailServer.close();
    const found = await until('the duplicate to be counted', async () => {
      const one = await guarantee('duplicates-ambiguous');
      return one.holds === false && one;
    });
    expect(found).toMatchObject({ figures: { duplicates: 1, ambiguous: 0 }, events: [eventId] });
    await system.query('mail-service', 'UPDATE mail SET ambiguous = true WHERE event_id = $1', [eventId]);
    await until('the ledger to explain it', async () => {
      const { holds, figures } = await guarantee('duplicates-ambiguous');
      return holds === true && (figures as { duplicates: number }).duplicates === 1;
    });
  });

  it('counts events that a group has handled after a later one of their key', async () => {
    const { eventId } = await signUp();
    const [{ key }] = (await system.query<{ key: string }>(
      'member-service',
      'SELECT aggregateid AS key FROM outbox WHERE id = $1',
      [eventId],
    )) as [{ key: string }];
    const handled = async (records: number): Promise<Guarantee> =>
      until(`${records} records to be compared`, async () => {
        const one = await guarantee('order-per-key');
        return ((one.figures as { records: number } | null)?.records ?? 0) >= records && one;
      });
    const before = await handled(1);
    expect(before).toMatchObject({ holds: true, figures: { overtaken: 0 }, events: [] });

    // Later in the outbox of the same key, and handled; then the inbox loses the first one, and its record comes again.
    await system.query(
      'member-service',
      `INSERT INTO outbox (source, aggregatetype, aggregateid, type, version, payload)
       SELECT source, aggregatetype, aggregateid, type, version, payload FROM outbox WHERE id = $1`,
      [eventId],
    );
    await balanced(await countAccepted());
    await system.query('order-service', 'DELETE FROM inbox_message WHERE event_id = $1', [eventId]);
    await post<Chaos>('chaos/faults/duplicates', { value: 'once' });
    const found = await until('the overtaken one to be counted', async () => {
      const one = await guarantee('order-per-key');
      return one.holds === false && one;
    });
    expect({ key, ...found }).toMatchObject({ figures: { overtaken: 1 }, events: [eventId] });
  });

  it('lists the mails of the ledger page by page, and shows one with the body that the mail server has', async () => {
    const { eventId, about } = await signUp();
    await until('the mail to be accepted', async () => {
      const { rows } = await get<MailList>(`mails?status=accepted&to=${about.toUpperCase()}`);
      return rows.length === 1;
    });
    const [row] = await system.query<{ subject: string; messageId: string }>(
      'mail-service',
      `SELECT subject, message_id AS "messageId" FROM mail WHERE event_id = $1`,
      [eventId],
    );
    const id = `welcome:${eventId}`;
    const { body, ...mail } = await get<MailDetail>(`mails/${id}`);
    expect(mail).toMatchObject({ id, to: about, status: 'accepted', answer: expect.stringMatching(/^250 /), ...row });
    expect(body).toMatchObject({ text: expect.stringContaining('김하늘'), html: expect.stringContaining('김하늘') });
    expect(body!.headers).toContainEqual({ name: 'message-id', value: row!.messageId });

    const mails = 600;
    await system.query(
      'mail-service',
      `INSERT INTO mail (event_id, template, recipient, subject, message_id, status, ambiguous, consumer_group, topic, "partition", "offset")
       SELECT 'listed-' || n, 'welcome', 'listed@example.com', '<b>환영합니다</b>', '<' || n || '@example.com>',
              CASE WHEN n <= 3 THEN 'handing-over' ELSE 'rejected' END, n <= 2, 'mail-service', 'member', 0, n
         FROM generate_series(1, $1::integer) AS n`,
      [mails],
    );
    try {
      const listed = async (filter = ''): Promise<MailList> => get(`mails?to=listed@example.com${filter}`);
      const first = await listed();
      const last = await listed(`&after=${first.next}`);
      expect([first.rows.length, last.rows.length, last.next]).toEqual([
        MAILS_LISTED_MAX,
        mails - MAILS_LISTED_MAX,
        null,
      ]);
      const ids = [...first.rows, ...last.rows].map(({ eventId: listedId }) => listedId);
      expect(ids).toEqual(Array.from({ length: mails }, (_, n) => `listed-${mails - n}`));
      // One that may have gone out twice is shown as ambiguous, whatever its state.
      expect((await listed('&status=ambiguous')).rows.map((one) => one.eventId)).toEqual(['listed-2', 'listed-1']);
      expect((await listed('&status=claimed')).rows).toMatchObject([{ eventId: 'listed-3', status: 'claimed' }]);
      const lost = await get<MailDetail>('mails/welcome:listed-600');
      expect(lost).toMatchObject({ subject: '<b>환영합니다</b>', status: 'rejected', body: null });
    } finally {
      await system.query('mail-service', `DELETE FROM mail WHERE recipient = 'listed@example.com'`);
    }
    for (const unknown of ['welcome:none', 'nothing']) {
      const response = await fetch(`${url}/api/mails/${unknown}`);
      expect({ unknown, status: response.status, answer: await response.json() }).toMatchObject({
        status: 404,
        answer: { detail: `The ledger has no mail ${unknown}.`, next: expect.any(String) },
      });
    }
  });

  it('is in no group and commits nothing', async () => {
    const admin = new Kafka({ brokers: [...system.addresses.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const { groups } = await admin.listGroups();
      expect(groups.map(({ groupId }) => groupId).sort()).toEqual(['mail-service', 'order-service']);
      const read = async () => admin.fetchOffsets({ groupId: 'mail-service' });
      await until('mail-service to commit what the tests before have sent', async () => {
        const offsets = await Promise.all(
          (await read()).map(async ({ topic, partitions }) => {
            // Where nothing was committed yet, the group has no offset.
            const committed = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
            const ends = await admin.fetchTopicOffsets(topic);
            return ends.map(({ partition, high }) => [Math.max(0, committed.get(partition) ?? 0), Number(high)]);
          }),
        );
        return offsets.flat().every(([committed, end]) => committed === end);
      });
      const before = await read();
      for (const path of ['map', 'journeys', 'topics', 'groups', 'topics/member/records']) await get(path);
      expect(await read()).toEqual(before);
    } finally {
      await admin.disconnect();
    }
  });
});
