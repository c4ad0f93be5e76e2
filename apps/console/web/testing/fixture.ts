import type {
  About,
  Chaos,
  Frame,
  Journey,
  JourneySearch,
  JourneySummary,
  LiveMap,
  MailDetail,
  NewestJourneys,
  Scoreboard,
  TryOptions,
  TryResult,
} from '../../src/api.ts';

export const EVENT_ID = '01a1fde8-0017-7b63-95cf-2a4eab1dadef';
const START = Date.parse('2026-11-21T00:12:02.930Z');
const at = (ms: number) => new Date(START + ms).toISOString();
const RECORD = 'member/5@988';
const REFUSED = 'connect ECONNREFUSED 127.0.0.1:1025';

export const about: About = {
  version: '0.1.0',
  startedAt: at(0),
  hasChaos: true,
  canTry: true,
  services: ['member-service', 'order-service', 'mail-service'],
};

export const board: Scoreboard = {
  at: at(0),
  verdict: 'balanced',
  accepted: 12_408,
  mailed: 12_383,
  inFlight: 7,
  parked: 14,
  dead: 4,
  ambiguous: 3,
  events: [],
  wrong: 0,
  problems: [],
};

export const map: LiveMap = {
  broker: { kind: 'log-broker', address: '127.0.0.1:9092' },
  parts: ['log-broker', 'postgres', 'maildev', 'member-service', 'order-service', 'mail-service'].map((name) => ({
    name,
    state: 'ready',
    reason: null,
    failed: [],
    since: null,
    relay: null,
  })),
  publishers: [
    { service: 'member-service', entry: 'POST /members', waiting: 0, oldestSeconds: null },
    { service: 'order-service', entry: 'POST /orders', waiting: 0, oldestSeconds: null },
    { service: 'mail-service', entry: 'email.sent', waiting: 1, oldestSeconds: 0.1 },
  ],
  topics: [
    { topic: 'member', events: ['member.signed-up'], records: '12114', partitions: 6, lagging: [2] },
    { topic: 'order', events: ['order.completed'], records: '4803', partitions: 6, lagging: [2] },
    { topic: 'email', events: ['email.requested'], records: '391', partitions: 6, lagging: [2] },
    { topic: 'mail', events: ['email.sent', 'email.failed'], records: '12387', partitions: 3, lagging: [2] },
  ],
  groups: [
    {
      group: 'order-service',
      state: 'Stable',
      members: 2,
      lag: 0,
      lagSeconds: 0,
      parked: 0,
      dead: 0,
      trend: [0, 1, 0, 2],
    },
    {
      group: 'mail-service',
      state: 'Stable',
      members: 1,
      lag: 3,
      lagSeconds: 0.1,
      parked: 14,
      dead: 4,
      trend: [0, 9, 30],
    },
  ],
  mail: { state: 'ready', lastAnswer: '250 OK', perSecond: 5.9, p50Ms: 24, p99Ms: 88 },
  edges: [
    { id: 'publish:member-service>member', perSecond: 4.2 },
    { id: 'publish:order-service>order', perSecond: 1.6 },
    { id: 'publish:order-service>email', perSecond: 0.4 },
    { id: 'publish:mail-service>mail', perSecond: 6.1 },
    { id: 'consume:member>order-service', perSecond: 4.2 },
    { id: 'consume:member>mail-service', perSecond: 4.2 },
    { id: 'consume:order>mail-service', perSecond: 1.6 },
    { id: 'consume:email>mail-service', perSecond: null },
    { id: 'deliver:mail-service', perSecond: 5.9 },
  ],
};

const mailed: JourneySummary = {
  eventId: EVENT_ID,
  event: 'member.signed-up',
  at: at(0),
  about: 'lee.hana@example.com',
  state: 'mailed',
  totalMs: 8_980,
  dueAt: null,
  path: { status: 201, seq: '2021', record: RECORD, attempts: 7, smtp: '250' },
  stages: [
    { kind: 'http', ms: 18 },
    { kind: 'outbox', ms: 9 },
    { kind: 'record', ms: 6 },
    { kind: 'group', ms: 330 },
    { kind: 'parked', ms: 8_540 },
    { kind: 'smtp', ms: 41 },
  ],
};

const other = (index: number, changes: Partial<JourneySummary>): JourneySummary => ({
  ...mailed,
  eventId: `01a1fde8-0017-7b63-95cf-00000000000${index}`,
  about: `user${index}@example.com`,
  ...changes,
});

export const journeys: readonly JourneySummary[] = [
  mailed,
  other(1, { event: 'order.completed', state: 'in-flight' }),
  other(2, { state: 'parked', dueAt: at(9e9) }),
  other(3, { state: 'dead', path: { ...mailed.path, smtp: '550' } }),
  other(4, { event: 'email.requested', state: 'ambiguous' }),
];

export const frame = (scoreboard: Scoreboard): Frame => ({
  at: at(0),
  scoreboard,
  map,
  deadLetters: 6,
  dropped: 0,
});

export const search = (query: string): JourneySearch => ({
  query,
  journeys: query === '' ? journeys : journeys.filter((each) => each.about.includes(query)),
  searched: ['ledger of mail-service', 'outbox of member-service'],
  places: [
    { kind: 'ledger', service: 'mail-service' },
    { kind: 'outbox', service: 'member-service' },
  ],
  problems: [],
});

const done = { group: null, outcome: 'done', marks: [] } as const;
const failed = (ms: number) => ({ at: at(ms), kind: 'failed', text: REFUSED }) as const;

export const journey: Journey = {
  ...mailed,
  service: 'member-service',
  key: '01a1fde8-0011-7b7d-b5ea-bf6954dac90e',
  traceId: '19fc135bf472d0c8b1c5adb1062467a9',
  version: 1,
  timeline: [
    { ...done, id: 'http', kind: 'http', label: 'POST /members → 201', startedAt: at(0), endedAt: at(18) },
    { ...done, id: 'outbox', kind: 'outbox', label: 'seq 2021 · shard 7', startedAt: at(14), endedAt: at(23) },
    { ...done, id: 'record', kind: 'record', label: 'member/5@988', startedAt: at(22), endedAt: at(28) },
    {
      id: 'group-mail-service',
      kind: 'group',
      label: '#1–#3 ✗ ECONNREFUSED',
      group: 'mail-service',
      startedAt: at(30),
      endedAt: at(352),
      outcome: 'failed',
      marks: [failed(31), failed(138), failed(352)],
    },
    {
      ...done,
      id: 'parked',
      kind: 'parked',
      label: '#4–#6',
      startedAt: at(360),
      endedAt: at(8_940),
      marks: [failed(880)],
    },
    { ...done, id: 'smtp', kind: 'smtp', label: '#7 ✓ 250 2.0.0 Ok', startedAt: at(8_940), endedAt: at(8_981) },
  ],
  groups: [
    {
      group: 'mail-service',
      mails: true,
      attempts: [
        { attempt: 1, at: at(31), outcome: 'retry', record: RECORD, error: REFUSED, durationMs: 4, nextInMs: 107 },
        { attempt: 2, at: at(138), outcome: 'parked', record: RECORD, error: REFUSED, durationMs: 4, nextInMs: 8_800 },
        { attempt: 3, at: at(8_940), outcome: 'handled', record: RECORD, error: null, durationMs: 41, nextInMs: null },
        {
          attempt: 4,
          at: at(9_400),
          outcome: 'repeated',
          record: 'member/5@1990',
          error: null,
          durationMs: null,
          nextInMs: null,
        },
      ],
    },
  ],
  mail: {
    id: 'mail-1',
    eventId: EVENT_ID,
    to: 'lee.hana@example.com',
    subject: 'Welcome',
    status: 'accepted',
    answer: '250 2.0.0 Ok: queued as tnxqjy5w',
    attempts: 7,
    at: at(8_981),
    messageId: `<${EVENT_ID}.welcome@event-bus.example>`,
  },
  deadLetterId: null,
  waits: null,
  causes: [{ eventId: journeys[1]!.eventId, event: 'email.sent', direction: 'caused' }],
  notSeenBefore: null,
  problems: [],
};

/** A mail that would run a script, load a picture, and leave the page, if it could. */
export const hostileMail: MailDetail = {
  ...journey.mail!,
  body: {
    html:
      '<p style="color:#1f2328">Welcome</p><script>parent.document.title="run"</script>' +
      '<img src="http://127.0.0.1:9/seen.png" onerror="alert(1)"><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
    text: 'Welcome',
    headers: [{ name: 'Subject', value: 'Welcome' }],
    address: 'http://127.0.0.1:1080/#/email/1',
  },
};

export const tryOptions: TryOptions = {
  members: [{ memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d', name: 'Hana Lee', email: 'hana@example.com' }],
  items: [{ sku: 'TEA', name: { en: 'Jeju green tea', ko: 'Jeju' }, price: '₩12,000' }],
  results: [],
};

export const tried: TryResult = {
  id: 'try-1',
  kind: 'sign-up',
  about: 'hana@example.com',
  at: at(0),
  status: 201,
  problem: null,
  rejected: [],
  eventId: EVENT_ID,
  state: 'in-flight',
  ms: null,
  count: 1,
  answered: 1,
  failed: 0,
  mailed: 0,
  parked: 0,
  dead: 0,
};

export const chaos: Chaos = {
  faults: [
    { fault: 'mail-server-down', values: ['on'], value: 'on', since: at(0) },
    { fault: 'mail-server-slow', values: ['on'], value: null, since: null },
    { fault: 'mail-server-refuses', values: ['451', '550'], value: '451', since: at(0) },
    { fault: 'broker-down', values: ['on'], value: null, since: null },
    { fault: 'database-down', values: ['on'], value: null, since: null },
    { fault: 'duplicates', values: ['once'], value: null, since: null },
    { fault: 'unreadable', values: ['once'], value: null, since: null },
  ],
  parts: [
    { name: 'log-broker', state: 'ready', pid: 20_514, since: at(0), kills: 0 },
    { name: 'maildev', state: 'stopped', pid: null, since: at(0), kills: 1 },
  ],
  guarantees: [
    { id: 'equation', holds: true, figures: { accepted: 12_408, found: 12_408 }, events: [] },
    { id: 'one-place', holds: false, figures: { missing: 1, double: 0 }, events: [EVENT_ID] },
    { id: 'duplicates-ambiguous', holds: true, figures: { duplicates: 2, ambiguous: 3 }, events: [] },
    { id: 'order-per-key', holds: null, figures: null, events: [] },
    { id: 'committed-published', holds: true, figures: { waiting: 1, oldestSeconds: 0.2, lost: 0 }, events: [] },
  ],
  chart: Array.from({ length: 120 }, (_, second) => ({
    at: at(second * 1_000),
    acceptedPerSecond: 6,
    mailedPerSecond: second > 80 ? 0 : 6,
    parked: second > 80 ? (second - 80) * 6 : 0,
    hasFault: second > 80,
  })),
  log: [
    { at: at(80_000), code: 'fault-on', subject: 'mail-server-down', detail: null },
    {
      at: at(81_000),
      code: 'service-not-ready',
      subject: 'mail-service',
      detail: null,
      failed: [{ check: 'smtp', why: { code: 'smtp-rejects-login', params: { reason: '535' } } }],
    },
  ],
};

export const newestJourneys: NewestJourneys = { ids: journeys.map(({ eventId }) => eventId), changed: journeys };
