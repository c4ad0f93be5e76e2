import { describeRecord, findEnds, findOffsets, readRecords, requireTopics } from '@event-bus/messaging-client/inspect';
import type { Broker, BusRecord, OnUndecodable, Place, Span } from '@event-bus/messaging-client/inspect';
import { withBroker } from '../broker/connect.ts';
import { setOffsets } from '../broker/set-offsets.ts';
import type { Call, Command } from '../command.ts';
import { inDatabase } from '../database/open-database.ts';
import type { Database } from '../database/open-database.ts';
import { parkAgain } from '../database/park-again.ts';
import { lookIntoInbox } from '../database/look-into-inbox.ts';
import type { InboxState } from '../database/look-into-inbox.ts';
import { badUsage, EXIT, refused } from '../problem.ts';
import type { ExitCode } from '../problem.ts';
import { formatRecord, formatUndecodable } from '../record-text.ts';
import { readBy } from '../whom.ts';

/** Read by one command; for more, narrow the range. */
const RECORDS_READ_MAX = 1_000_000;
/** Parked lanes of a partition are kept in memory by the consumer, and each record waits in the database. */
const RECORDS_DELIVERED_MAX = 10_000;
/** For one query of the inbox, and one transaction of parking. */
const CHUNK_RECORDS = 500;

export const replay: Command = {
  name: 'replay',
  summary: 'Reads a range of past records for a group, and shows which of them its inbox would skip.',
  options: {
    group: {
      type: 'string',
      value: 'NAME',
      help: 'the consumer group: SERVICE, or SERVICE.HANDLER for a handler with a name',
    },
    topic: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'a topic; default: all topics that the group has committed',
    },
    from: { type: 'string', value: 'PLACE', help: 'an offset, a time, 15m, 2h, start' },
    to: { type: 'string', value: 'PLACE', help: 'the end of the range; default: the end of the topic' },
    print: { type: 'boolean', help: 'show the records' },
    deliver: { type: 'boolean', help: 'deliver to the group what is not in its inbox, through its parked records' },
    live: { type: 'boolean', help: 'set the offsets of the stopped group; it reads on from there' },
    'dry-run': { type: 'boolean', help: 'with --deliver or --live: change nothing, show what would be done' },
    by: {
      type: 'string',
      value: 'NAME',
      help: 'the operator in the parked records; default: the name of this account',
    },
  },
  notes: [
    'Without --deliver or --live nothing changes: the records are read without a group.',
    '--deliver moves no offset. Records that are not in the inbox are parked in the database of the service and handled at',
    'their position among the records of their key; other groups receive nothing. Records that the group has not committed',
    'yet are left out, because it will read them anyway.',
    '--live is rejected by the broker while the group has members. Records that are in the inbox are skipped, too.',
  ],
  examples: [
    'replay --group mail-service --topic member --from 2h',
    'replay --group order-service --topic member --from start --deliver --dry-run',
    'replay --group order-service --topic member --from 2026-11-21T09:00:00Z --to 2026-11-21T10:00:00Z --deliver',
    'replay --group order-service --topic member --from start --live',
  ],
  run: replayHistory,
};

interface Plan {
  readonly group: string;
  readonly from: Place;
  readonly to: Place | undefined;
  readonly deliver: boolean;
  readonly live: boolean;
  readonly dryRun: boolean;
}

interface Range extends Span {
  readonly to: bigint;
  /** The next record that the group reads; undefined where it has never committed. */
  readonly committed: bigint | undefined;
}

interface Tally {
  records: number;
  /** Of each event, by inbox state; `unknown` without the database, `no event` for other records. */
  readonly events: Map<string, Map<InboxState | 'unknown', number>>;
  delivered: number;
  undecodableBatches: number;
}

async function replayHistory(call: Call): Promise<ExitCode> {
  const { given, settings, output } = call;
  const plan = readPlan(call);
  // A handler with a name has a group of its own, and its service's database.
  const service = plan.group.split('.', 1)[0]!;
  const database = settings.databases().get(service);
  if (database === undefined && plan.deliver) settings.databasesOf(service);
  return withBroker(settings.broker(), async (broker) => {
    const topics = await findTopics(broker, plan.group, given.list('topic'));
    const ranges = (await Promise.all(topics.map((topic) => findRanges(broker, topic, plan)))).flat();
    const count = ranges.reduce((sum, { from, to }) => sum + (to > from ? to - from : 0n), 0n);
    if (count > RECORDS_READ_MAX && !plan.live) {
      throw refused(
        `the range has ${count} records`,
        `At most ${RECORDS_READ_MAX} at once: narrow the range with --from and --to.`,
      );
    }
    if (plan.live) await requireStopped(broker, plan.group);
    const tally =
      database === undefined
        ? await readHistory(call, broker, ranges, plan, undefined)
        : await inDatabase(database, (opened) => readHistory(call, broker, ranges, plan, opened));
    if (plan.live && !plan.dryRun) await setOffsets(broker.cluster, plan.group, ranges);
    report(call, plan, ranges, tally);
    if (database === undefined) {
      output.note(`Which records the inbox will skip is unknown: give --database ${service}=postgres://….`);
    }
    return call.signal.aborted ? EXIT.problem : EXIT.fine;
  });
}

function readPlan({ given }: Call): Plan {
  const plan = {
    group: given.required('group', 'whose history it is'),
    from: given.place('from'),
    to: given.place('to'),
    deliver: given.flag('deliver'),
    live: given.flag('live'),
    dryRun: given.flag('dry-run'),
  };
  if (plan.from === undefined) throw badUsage('--from is missing', 'An offset, a time, an age (2h), or start.');
  if (plan.deliver && plan.live) throw badUsage('--deliver and --live exclude each other', 'Give one of them.');
  if (plan.live && plan.to !== undefined) {
    throw badUsage('--live has no --to', 'The group reads on from --from. To deliver a range, use --deliver.');
  }
  const isOffset = plan.from.kind === 'offset' || plan.to?.kind === 'offset';
  if (isOffset && given.list('topic').length !== 1)
    throw badUsage('an offset needs exactly one --topic', 'Give one --topic.');
  return { ...plan, from: plan.from };
}

async function findTopics({ admin }: Broker, group: string, wanted: readonly string[]): Promise<readonly string[]> {
  await requireTopics(admin, wanted);
  if (wanted.length > 0) return wanted;
  const topics = (await admin.fetchOffsets({ groupId: group })).map(({ topic }) => topic);
  if (topics.length > 0) return topics;
  throw refused(`the group ${group} has committed nothing`, 'See `groups` for those that have, or give a --topic.');
}

async function findRanges({ admin }: Broker, topic: string, { group, from, to, deliver }: Plan): Promise<Range[]> {
  const ends = await findEnds(admin, topic);
  const [begins, stops, offsets] = await Promise.all([
    findOffsets(admin, topic, ends, from),
    findOffsets(admin, topic, ends, to ?? { kind: 'end' }),
    admin.fetchOffsets({ groupId: group, topics: [topic] }),
  ]);
  const committedOf = new Map(offsets[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return ends.map(({ partition }) => {
    const known = committedOf.get(partition) ?? -1n;
    const committed = known < 0n ? undefined : known;
    const stop = stops.get(partition)!;
    // Records behind the group's own position are still to be read by it.
    const reach = committed ?? 0n;
    return { topic, partition, committed, from: begins.get(partition)!, to: deliver && reach < stop ? reach : stop };
  });
}

async function requireStopped({ admin }: Broker, group: string): Promise<void> {
  const { groups } = await admin.describeGroups([group]);
  const members = groups[0]?.members.length ?? 0;
  if (members === 0) return;
  throw refused(
    `the group ${group} has ${members} ${members === 1 ? 'member' : 'members'}`,
    'Stop the service first, or use --deliver, which does not need that.',
  );
}

async function readHistory(
  { given, output, signal }: Call,
  { cluster }: Broker,
  ranges: readonly Range[],
  plan: Plan,
  database: Database | undefined,
): Promise<Tally> {
  const tally: Tally = { records: 0, events: new Map(), delivered: 0, undecodableBatches: 0 };
  let chunk: BusRecord[] = [];
  const finishChunk = async (): Promise<void> => {
    const states = await lookIntoInbox(database?.query, plan.group, chunk);
    const due = chunk.filter((record) => states.get(record) === 'not done');
    for (const record of chunk) count(tally, record, states.get(record) ?? 'unknown');
    if (plan.deliver && tally.delivered + due.length > RECORDS_DELIVERED_MAX) {
      throw refused(
        `the limit is ${RECORDS_DELIVERED_MAX} records; ${plan.dryRun ? 0 : tally.delivered} are delivered`,
        'Narrow the range with --from and --to and repeat for the rest, or stop the service and use --live.',
      );
    }
    tally.delivered += due.length;
    if (plan.deliver && !plan.dryRun && due.length > 0) await parkAgain(database!, plan.group, due, readBy(given));
    output.progress(`${tally.records} records read`);
    chunk = [];
  };
  const noteUndecodable: OnUndecodable = (place, batch) => {
    tally.undecodableBatches += 1;
    output.note(formatUndecodable(place, batch));
  };
  for await (const record of readRecords(cluster, ranges, signal, noteUndecodable)) {
    if (given.flag('print')) {
      const document = describeRecord(record);
      output.line(document, () => formatRecord(document));
    }
    chunk.push(record);
    if (chunk.length >= CHUNK_RECORDS) await finishChunk();
  }
  await finishChunk();
  output.endProgress();
  return tally;
}

function count(tally: Tally, record: BusRecord, state: InboxState | 'unknown'): void {
  const event = describeRecord(record).type ?? '(no event)';
  const states = tally.events.get(event) ?? new Map<InboxState | 'unknown', number>();
  states.set(state, (states.get(state) ?? 0) + 1);
  tally.events.set(event, states);
  tally.records += 1;
}

function report({ given, output }: Call, plan: Plan, ranges: readonly Range[], tally: Tally): void {
  const sum = (state: InboxState | 'unknown'): number =>
    [...tally.events.values()].reduce((total, states) => total + (states.get(state) ?? 0), 0);
  const changes = !plan.dryRun && (plan.deliver || plan.live);
  const document = {
    group: plan.group,
    mode: plan.live ? 'live' : plan.deliver ? 'deliver' : 'look',
    changed: changes,
    records: tally.records,
    undecodableBatches: tally.undecodableBatches,
    skippedByInbox: sum('done'),
    notDone: sum('not done'),
    claimed: sum('claimed'),
    dead: sum('dead'),
    unknown: sum('unknown'),
    delivered: plan.deliver && changes ? tally.delivered : 0,
    events: Object.fromEntries([...tally.events].map(([event, states]) => [event, Object.fromEntries(states)])),
    ranges,
  };
  // With --print the records are the result.
  if (given.flag('print')) {
    if (output.json) output.line(document, () => '');
    else output.note(`${tally.records} records, ${document.skippedByInbox} of them in the inbox`);
    return;
  }
  output.answer(document, () => {
    output.table(
      ['topic', 'partition', 'from', 'to', 'committed'],
      ranges.map(({ topic, partition, from, to, committed }) => [
        topic,
        partition,
        from,
        to < from ? from : to,
        committed,
      ]),
    );
    output.say('');
    output.table(
      ['event', 'done (skipped)', 'not done', 'claimed', 'dead', 'unknown'],
      [...tally.events].map(([event, states]) => [
        event,
        ...(['done', 'not done', 'claimed', 'dead', 'unknown'] as const).map((state) => states.get(state) ?? 0),
      ]),
    );
    output.say(
      `\n${tally.records} ${tally.records === 1 ? 'record' : 'records'}. ${sentenceOf(plan, changes, tally, document.skippedByInbox)}`,
    );
  });
}

function sentenceOf({ deliver, live, group }: Plan, changes: boolean, tally: Tally, skipped: number): string {
  if (deliver) {
    return `${changes ? 'Delivered' : 'Would be delivered'} to ${group}: ${tally.delivered}; already in the inbox: ${skipped}.`;
  }
  if (live) {
    return `${group} ${changes ? 'reads' : 'would read'} on from there when it starts; its inbox will skip ${skipped}.`;
  }
  return `The inbox would skip ${skipped}. Nothing was changed; see --deliver and --live.`;
}
