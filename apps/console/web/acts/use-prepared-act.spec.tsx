// @vitest-environment jsdom
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { render } from 'preact';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { usePreparedAct } from './use-prepared-act.ts';
import type { PreparedAct } from './use-prepared-act.ts';

interface Answer {
  readonly rows: number;
  readonly token: string | null;
}

/** What the server is sent, and what it answers to it. */
const sent: object[] = [];
let answers: Array<Answer | 'refused'>;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    sent.push(JSON.parse(Buffer.concat(chunks).toString()) as object);
    const answer = answers.shift();
    response.statusCode = answer === 'refused' ? 409 : 200;
    response.end(JSON.stringify(answer === 'refused' ? { status: 409, detail: 'There is no dry run of it.' } : answer));
  });
});

let url: string;
let shown: PreparedAct<Answer>;
const box = document.createElement('div');

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
beforeEach(() => {
  sent.length = 0;
  reported = [];
  render(null, box);
});
afterAll(() => server.close());

function show(bodies: readonly object[], goesOn = true): void {
  render(<Act bodies={bodies} goesOn={goesOn} />, box);
}

/** What each act has reported. */
let reported: Array<readonly [done: number, isAll: boolean]>;

function Act({ bodies, goesOn }: { readonly bodies: readonly object[]; readonly goesOn: boolean }) {
  shown = usePreparedAct<Answer>(url, bodies, {
    rowsOf: ({ rows }) => rows,
    nextOf: ({ token }) => (goesOn ? token : null),
    onActed: (done, isAll) => reported.push([done, isAll]),
  });
  return null;
}

const dryRun = (token: string): Answer => ({ rows: 3, token });

it('acts with the token of its dry run, and goes on with the one of the answer', async () => {
  answers = [dryRun('a'), { rows: 2, token: 'b' }, { rows: 1, token: null }];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.dryRuns).toEqual([dryRun('a')]);
  expect(await shown.act('hana')).toBe(true);
  expect(sent).toEqual([
    { dryRun: true, ids: ['1'] },
    { dryRun: false, token: 'a', by: 'hana' },
    { dryRun: false, token: 'b', by: 'hana' },
  ]);
  await expect.poll(() => shown).toMatchObject({ done: 3, isActing: false, hasActed: true });
  expect(reported).toEqual([[3, true]]);
});

it('an act whose dialog is closed goes no further, and what it has done is reported', async () => {
  answers = [dryRun('a'), { rows: 2, token: 'b' }];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.dryRuns).not.toBeNull();
  const isAll = shown.act('hana');
  render(null, box);
  expect(await isAll).toBe(false);
  expect(reported).toEqual([[2, false]]);
  expect(sent).toHaveLength(2);
});

it('what was done before an act failed is reported', async () => {
  answers = [dryRun('a'), { rows: 2, token: 'b' }, 'refused'];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.dryRuns).not.toBeNull();
  expect(await shown.act('hana')).toBe(false);
  expect(reported).toEqual([[2, false]]);
});

it('acts on what the dry run has shown and no more where it must not go on', async () => {
  answers = [dryRun('a'), { rows: 2, token: 'b' }];
  show([{ ids: ['1'] }], false);
  await expect.poll(() => shown.dryRuns).not.toBeNull();
  expect(await shown.act('hana')).toBe(true);
  expect(sent).toHaveLength(2);
});

it('two presses act once', async () => {
  answers = [dryRun('a'), { rows: 1, token: null }];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.dryRuns).not.toBeNull();
  expect(await Promise.all([shown.act('hana'), shown.act('hana')])).toEqual([true, false]);
  expect(sent).toHaveLength(2);
});

it('an act that was refused does not stand in the way of another dry run', async () => {
  answers = [dryRun('a'), 'refused', dryRun('b'), { rows: 1, token: null }];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.dryRuns).not.toBeNull();
  expect(await shown.act('hana')).toBe(false);
  await expect.poll(() => shown.problem?.detail).toBe('There is no dry run of it.');
  show([{ ids: ['1'], force: true }]);
  await expect.poll(() => shown.dryRuns).toEqual([dryRun('b')]);
  expect(shown).toMatchObject({ problem: null, done: null, isActing: false, hasActed: true });
  expect(await shown.act('hana')).toBe(true);
  expect(sent.at(-1)).toEqual({ dryRun: false, token: 'b', by: 'hana' });
});

it('a dry run that was refused is forgotten with the next one', async () => {
  answers = ['refused', dryRun('b')];
  show([{ ids: ['1'] }]);
  await expect.poll(() => shown.problem).not.toBeNull();
  show([{ ids: ['2'] }]);
  await expect.poll(() => shown.dryRuns).toEqual([dryRun('b')]);
  expect(shown.problem).toBeNull();
});
