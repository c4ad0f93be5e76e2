import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACT_TOKEN_MS } from '../limits.ts';
import type { ActResult, DeadLetterRow } from '../api.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

const BY = 'hana';

let notes: NoteService;
let page: ConsoleUnderTest;

beforeAll(async () => {
  notes = await startNoteService();
  page = await startConsole({ KAFKA_BROKERS: notes.bus.address, SERVICES_ADMIN: `note-service=${notes.adminUrl}` });
});
afterAll(async () => {
  await page?.close();
  await notes?.close();
});
afterEach(() => void vi.useRealTimers());

async function lettersOf(...texts: string[]): Promise<DeadLetterRow[]> {
  const ids = await notes.publish(...texts);
  const found = async (): Promise<DeadLetterRow[]> => {
    const { rows } = (await page.get('/api/failures/dead')).body as { rows: DeadLetterRow[] };
    return rows.filter(({ eventId }) => ids.includes(eventId ?? ''));
  };
  await expect.poll(async () => (await found()).length).toBe(texts.length);
  return found();
}

/** All that a redrive or a drop writes. */
async function written(): Promise<unknown> {
  const { dataSource } = notes;
  return {
    letters: await dataSource.query(`SELECT id, state, redrives, resolved_by FROM dead_letter ORDER BY id`),
    audit: await dataSource.query(`SELECT * FROM dead_letter_audit ORDER BY id`),
    parked: await dataSource.query(`SELECT count(*) FROM parked_record`),
  };
}

async function acts(id: string): Promise<unknown[]> {
  return notes.dataSource.query(`SELECT action, by_whom FROM dead_letter_audit WHERE dead_letter_id = $1`, [id]);
}

describe('a dry run', () => {
  it('shows what would be done, and writes nothing', async () => {
    const [letter] = await lettersOf('dead: dry');
    const before = await written();
    const { status, body } = await page.post('/api/failures/redrive', {
      dryRun: true,
      service: 'note-service',
      ids: [letter!.id],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      service: 'note-service',
      result: {
        dryRun: true,
        resolved: [letter!.id],
        counts: [{ event: 'note.written', reason: 'permanent', letters: 1 }],
        foreseen: { alreadyHandled: [] },
      },
      token: expect.any(String),
    });
    expect(await written()).toEqual(before);
  });

  it('that selects nothing in particular is refused by the service', async () => {
    const { status, body } = await page.post('/api/failures/drop', {
      dryRun: true,
      service: 'note-service',
      filter: {},
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail: expect.stringContaining('at least one condition'), next: expect.any(String) });
  });
});

describe('an act', () => {
  async function dryRun(act: 'redrive' | 'drop', selection: object): Promise<ActResult> {
    const { status, body } = await page.post(`/api/failures/${act}`, {
      dryRun: true,
      service: 'note-service',
      ...selection,
    });
    expect(status).toBe(200);
    return body as ActResult;
  }

  it('that is sent twice at once is done once, and answered twice with the same', async () => {
    const [letter] = await lettersOf('dead: twice');
    notes.allow('dead: twice');
    const { token } = await dryRun('redrive', { ids: [letter!.id] });
    const answers = await Promise.all(
      [1, 2].map(async () => page.post('/api/failures/redrive', { dryRun: false, token, by: BY })),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 200, body: { result: { dryRun: false, resolved: [letter!.id] } } });
    expect(await acts(letter!.id)).toEqual([{ action: 'redrive', by_whom: BY }]);
    await expect
      .poll(async () => (await page.get(`/api/failures/resolved?eventId=${letter!.eventId}`)).body.rows)
      .toMatchObject([{ id: letter!.id, state: 'redriven', redrives: 1 }]);
  });

  it('goes by filter, and the service decides what matches', async () => {
    const letters = await lettersOf('dead: many 1', 'dead: many 2', 'dead: other');
    const { token, result } = await dryRun('drop', { filter: { error: 'MANY' } });
    expect(result.resolved).toHaveLength(2);
    await page.post('/api/failures/drop', { dryRun: false, token, by: BY });
    const { rows } = (await page.get('/api/failures/dead')).body as { rows: DeadLetterRow[] };
    const open = rows.filter(({ id }) => letters.some((letter) => letter.id === id));
    expect(open.map(({ error }) => error)).toEqual([expect.stringContaining('other')]);
  });

  it('goes by group and time, as the list does', async () => {
    const [first] = await lettersOf('dead: span 1');
    const [second] = await lettersOf('dead: span 2');
    const ofList = async (conditions: Record<string, string>): Promise<string[]> => {
      const query = new URLSearchParams({ error: 'span', ...conditions }).toString();
      const { rows } = (await page.get(`/api/failures/dead?${query}`)).body as { rows: DeadLetterRow[] };
      return rows.map(({ id }) => id);
    };
    const split = second!.createdAt;
    for (const [conditions, ids] of [
      [{ group: 'note-service', before: split }, [first!.id]],
      [{ group: 'note-service', from: split }, [second!.id]],
      [{ group: 'other' }, []],
    ] as const) {
      expect(await ofList(conditions)).toEqual(ids);
      const { result } = await dryRun('redrive', { filter: { error: 'span', ...conditions } });
      expect(result.resolved).toEqual(ids);
      expect(result.counts.map(({ letters }) => letters)).toEqual(ids.map(() => 1));
    }
  });

  it.each([
    ['without a dry run', { token: 'none', by: BY }, 409, expect.stringContaining('no dry run')],
    ['without the name of who does it', { token: 'none', by: ' ' }, 400, 'by: must name who does it.'],
    ['without a token', { by: BY }, 400, expect.stringContaining('token')],
  ])('%s is refused', async (_, given, status, detail) => {
    const answer = await page.post('/api/failures/redrive', { dryRun: false, ...given });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ detail, next: expect.any(String) });
  });

  it('needs the dry run of the same act, and a fresh one', async () => {
    const [letter] = await lettersOf('dead: old');
    const { token } = await dryRun('redrive', { ids: [letter!.id] });
    const before = await written();
    expect((await page.post('/api/failures/drop', { dryRun: false, token, by: BY })).status).toBe(409);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ACT_TOKEN_MS + 1_000 });
    expect((await page.post('/api/failures/redrive', { dryRun: false, token, by: BY })).status).toBe(409);
    expect(await written()).toEqual(before);
  });

  it('with another value needs one that is JSON, for one letter', async () => {
    const [letter] = await lettersOf('dead: edit');
    const send = async (more: object) =>
      page.post('/api/failures/redrive', { dryRun: true, service: 'note-service', ...more });
    expect(await send({ ids: [letter!.id], edit: '{' })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('not JSON') },
    });
    expect(await send({ filter: { event: 'note.written' }, edit: '{}' })).toMatchObject({ status: 400 });
    const { token } = await dryRun('redrive', { ids: [letter!.id], edit: '{"text":"tea"}' });
    await page.post('/api/failures/redrive', { dryRun: false, token, by: BY });
    await expect
      .poll(async () =>
        notes.dataSource.query(`SELECT state FROM inbox_message WHERE event_id = $1`, [letter!.eventId]),
      )
      .toEqual([{ state: 'done' }]);
  });
});

describe('lists', () => {
  beforeEach(async () => {
    await lettersOf(`dead: list ${Math.random()}`);
  });

  it('count what is open and resolved, as the tables have it', async () => {
    const { counts } = (await page.get('/api/failures/dead')).body;
    const [{ open, resolved }] = await notes.dataSource.query(
      `SELECT count(*) FILTER (WHERE state = 'open')::integer AS open,
              count(*) FILTER (WHERE state <> 'open')::integer AS resolved FROM dead_letter`,
    );
    expect(counts).toMatchObject({ dead: open, resolved, problems: [] });
    expect((await page.get('/api/failures/parked')).body.counts).toEqual(counts);
  });

  it('say which service is silent, so that the counts are not known', async () => {
    const address = 'http://127.0.0.1:1';
    const withSilent = await startConsole({
      KAFKA_BROKERS: notes.bus.address,
      SERVICES_ADMIN: `note-service=${notes.adminUrl},silent-service=${address}`,
    });
    try {
      const { body } = await withSilent.get('/api/failures/counts');
      expect(body).toEqual({
        parked: null,
        dead: null,
        resolved: null,
        problems: [expect.objectContaining({ source: 'silent-service', address })],
      });
    } finally {
      await withSilent.close();
    }
  });

  it('go on page by page until all have been read', async () => {
    await notes.copyLetters(1_200);
    const ids = new Set<string>();
    let after: string | null = '';
    let pages = 0;
    while (after !== null) {
      const { body } = await page.get(`/api/failures/dead?topic=note${after === '' ? '' : `&after=${after}`}`);
      for (const { id } of body.rows as DeadLetterRow[]) ids.add(id);
      after = body.next;
      pages += 1;
    }
    const [{ open }] = await notes.dataSource.query(
      `SELECT count(*)::integer AS open FROM dead_letter WHERE state = 'open'`,
    );
    expect(ids.size).toBe(open);
    expect(pages).toBe(Math.ceil(open / 500));
  });

  it('a letter is shown with its record and what operators did', async () => {
    const { rows } = (await page.get('/api/failures/dead?error=list')).body as { rows: DeadLetterRow[] };
    const { body } = await page.get(`/api/failures/dead/note-service/${rows[0]!.id}`);
    expect(body).toMatchObject({
      service: 'note-service',
      answer: { deadLetter: { id: rows[0]!.id }, acts: [] },
      schema: null,
    });
    expect(body.foreseen).not.toBeNull();
    const { services } = (await page.get('/api/failures/audit')).body;
    expect(services).toMatchObject([
      { service: 'note-service', audit: { problem: null, value: { rows: expect.any(Array) } } },
    ]);
  });

  it.each([
    ['dead?reason=tired', 400],
    ['dead?colour=red', 400],
    ['dead?from=yesterday', 400],
    ['dead?after=x', 400],
    ['dead?service=nothing', 404],
    ['parked?service=nothing', 404],
    ['dead/note-service/x', 404],
    ['dead/nothing/x', 404],
    ['dead/note-service/0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d', 404],
  ])('what cannot be, %s, is answered with a sentence and the next step', async (path, status) => {
    const answer = await page.get(`/api/failures/${path}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ detail: expect.stringMatching(/./), next: expect.any(String) });
  });
});
