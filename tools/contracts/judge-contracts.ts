import { isDeepStrictEqual } from 'node:util';
import { canonical, compareSchemas } from './compare-schemas.ts';
import { contractOf, findKeyChange, idOf } from './contract.ts';
import { SchemaCannotBeExpressed } from './describe-schema.ts';
import { fileOf, SNAPSHOT_FORMAT } from './snapshots.ts';
import type { EventSchema, Verdict } from './compare-schemas.ts';
import type { Contract, ServicesOfEvents } from './contract.ts';
import type { Snapshot } from './snapshots.ts';
import type { EventDefinition } from '../../packages/event-catalog/src/index.ts';

/** A change that breaks a service, or one of which that cannot be excluded. */
export interface Refusal {
  readonly rule: string;
  readonly event: string;
  /** JSON Pointer into the payload; undefined for what is not in the payload. */
  readonly path: string | undefined;
  readonly sentence: string;
  readonly publishers: readonly string[];
  readonly consumers: readonly string[];
  readonly remedy: string;
}

export interface Judgement {
  readonly refusals: readonly Refusal[];
  /** Snapshots that differ from the committed ones in an allowed way, or are new. */
  readonly toWrite: readonly Snapshot[];
}

/** Compares the catalog with the snapshots. It reads and writes no file. */
export function judgeContracts(
  catalog: readonly EventDefinition[],
  services: ServicesOfEvents,
  snapshots: readonly Snapshot[],
): Judgement {
  const refusals: Refusal[] = [];
  const toWrite: Snapshot[] = [];
  const seen = new Set<string>();
  for (const event of catalog) {
    const id = idOf(event);
    const snapshot = snapshots.find((one) => idOf(one) === id);
    if (seen.has(id)) {
      refusals.push(
        refusalOf(
          event,
          services,
          snapshot,
          'name-reused',
          'the catalog has two events with this name and version',
          'Give one of them another name.',
        ),
      );
      continue;
    }
    seen.add(id);
    const judged = judgeEvent(event, services, snapshot);
    refusals.push(...judged.refusals);
    if (judged.refusals.length === 0 && judged.snapshot !== undefined) toWrite.push(judged.snapshot);
  }
  refusals.push(...snapshots.filter((snapshot) => !seen.has(idOf(snapshot))).map(removed));
  return { refusals, toWrite };
}

function judgeEvent(
  event: EventDefinition,
  services: ServicesOfEvents,
  snapshot: Snapshot | undefined,
): { refusals: Refusal[]; snapshot?: Snapshot } {
  let contract: Contract;
  try {
    contract = contractOf(event, services);
  } catch (error) {
    if (!(error instanceof SchemaCannotBeExpressed)) throw error;
    const remedy = 'Write the schema with what JSON Schema can say: fields, types, bounds, patterns and refine().';
    const sentence = `the schema cannot be expressed in JSON Schema: ${error.message}`;
    return { refusals: [refusalOf(event, services, snapshot, 'cannot-be-expressed', sentence, remedy)] };
  }
  const refuse = (rule: string, sentence: string, remedy: string, path?: string) =>
    refusalOf(event, services, snapshot, rule, sentence, remedy, path);

  const refusals = compareSchemas(contract.schema, contract.schema)
    .filter(({ direction }) => direction === 'new consumer')
    .map(({ path, detail }) =>
      refuse(
        'rejects-itself',
        `it may reject what it writes itself (${detail})`,
        'Make the input and the output of the schema agree.',
        path,
      ),
    );
  if (snapshot === undefined)
    return { refusals, snapshot: { format: SNAPSHOT_FORMAT, ...contract, earlierSchemas: [] } };

  refusals.push(...schemaRefusals(contract, snapshot, refuse), ...envelopeRefusals(event, contract, snapshot, refuse));
  const accepted = acceptedSnapshot(contract, snapshot);
  return isDeepStrictEqual(plain(accepted), plain(snapshot)) ? { refusals } : { refusals, snapshot: accepted };
}

type Refuse = (rule: string, sentence: string, remedy: string, path?: string) => Refusal;

/** Against all schemas that were ever accepted: a record stays in the topic when the schema has changed twice. */
function schemaRefusals(contract: Contract, snapshot: Snapshot, refuse: Refuse): Refusal[] {
  const latest = compareSchemas(snapshot.schema, contract.schema);
  const keys = new Set(latest.map(({ rule, path }) => `${rule} ${path}`));
  const earlier = snapshot.earlierSchemas
    .flatMap((schema) => compareSchemas(schema, contract.schema))
    .filter(({ rule, path }) => {
      const isNew = !keys.has(`${rule} ${path}`);
      keys.add(`${rule} ${path}`);
      return isNew;
    })
    .map((verdict) => (hasField(snapshot.schema, verdict.path) ? verdict : { ...verdict, rule: 'name-reused' }));
  return [
    ...latest.map((verdict) =>
      refuse(verdict.rule, sentenceOf(verdict, snapshot), remedyOf(verdict, contract), verdict.path),
    ),
    ...earlier.map((verdict) =>
      refuse(
        verdict.rule,
        `against an earlier schema of ${idOf(snapshot)}: ${sentenceOf(verdict, snapshot)}`,
        remedyOf(verdict, contract),
        verdict.path,
      ),
    ),
  ];
}

/** Whether the path leads to a field that the schema declares. */
function hasField({ reads }: EventSchema, path: string): boolean {
  let nodes: unknown[] = [reads];
  for (const name of path.split('/').slice(1)) {
    nodes = nodes.flatMap((node) => stepsInto(node, name.replaceAll('~1', '/').replaceAll('~0', '~')));
  }
  return nodes.length > 0;
}

function stepsInto(node: unknown, name: string): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties, items, additionalProperties, anyOf, oneOf } = node as Record<string, unknown>;
  const alternatives = [anyOf, oneOf].flatMap((one) => (Array.isArray(one) ? (one as unknown[]) : []));
  const property =
    typeof properties === 'object' && properties !== null ? (properties as Record<string, unknown>)[name] : undefined;
  const here = name === '*' ? [items, additionalProperties] : [property];
  return [...here.filter((one) => one !== undefined), ...alternatives.flatMap((one) => stepsInto(one, name))];
}

function sentenceOf({ path, direction, detail }: Verdict, { topic }: Contract): string {
  const what = `${path === '' ? 'the payload' : path} (${detail})`;
  return {
    'new consumer': `${what}: a new consumer rejects records of earlier publishers, which stay in the topic ${topic.name} for ${days(topic.retentionMs)}`,
    'old consumer': `${what}: a consumer that is not yet deployed again rejects what a new publisher writes`,
  }[direction];
}

function remedyOf({ rule }: Verdict, { version }: Contract): string {
  const newVersion = `Leave v${version} as it is, add v${version + 1} to packages/event-catalog, with an upcast from v${version}.`;
  if (rule === 'required-field-added') return `Make the field optional, or: ${newVersion}`;
  if (rule === 'name-reused') return `Take a name that the event has not had, or: ${newVersion}`;
  return newVersion;
}

function envelopeRefusals(event: EventDefinition, contract: Contract, snapshot: Snapshot, refuse: Refuse): Refusal[] {
  const refusals: Refusal[] = [];
  const [old, next] = [snapshot.topic, contract.topic];
  if (old.name !== next.name) {
    const sentence = `topic ${old.name} → ${next.name}: consumers that are not yet deployed again do not read ${next.name}, and the records in ${old.name} are read by no new one`;
    refusals.push(refuse('topic-changed', sentence, newVersionOf(contract)));
  }
  if (old.partitions !== next.partitions) {
    const sentence = `partitions of ${next.name} ${old.partitions} → ${next.partitions}: a key may move to another partition, where its records overtake earlier ones`;
    refusals.push(
      refuse('partitions-changed', sentence, byHand('docs/runbooks/a-topic-differs.md keeps the order.', contract)),
    );
  }
  if (next.retentionMs < old.retentionMs) {
    const sentence = `retention of ${next.name} ${days(old.retentionMs)} → ${days(next.retentionMs)}: a consumer that was unavailable for longer loses records`;
    refusals.push(refuse('retention-shortened', sentence, byHand('No consumer may be behind by more.', contract)));
  }
  if (snapshot.upcastFrom !== undefined && contract.upcastFrom !== snapshot.upcastFrom) {
    const sentence = `the upcast from v${snapshot.upcastFrom} is missing: consumers no longer read records of v${snapshot.upcastFrom}, which stay in the topic ${old.name} for ${days(old.retentionMs)}`;
    refusals.push(refuse('upcast-removed', sentence, byHand('Keep it until those records have expired.', contract)));
  }
  const keyChange = findKeyChange(snapshot, event.key);
  if (keyChange !== undefined) {
    const sentence = `the key is another (${keyChange}): records about the same thing go to another partition, where they overtake earlier ones`;
    refusals.push(refuse('key-changed', sentence, newVersionOf(contract)));
  }
  return refusals;
}

function newVersionOf({ version }: Contract): string {
  return `Leave v${version} as it is, and add v${version + 1} to packages/event-catalog.`;
}

function byHand(condition: string, contract: Contract): string {
  return `${condition} Then make the same change in contracts/${fileOf(contract)} by hand, so that the review sees it.`;
}

function removed(snapshot: Snapshot): Refusal {
  return {
    rule: 'event-removed',
    event: idOf(snapshot),
    path: undefined,
    sentence: `the catalog no longer has it: its records stay in the topic ${snapshot.topic.name} for ${days(snapshot.topic.retentionMs)}, and consumers wait for it`,
    publishers: snapshot.publishers,
    consumers: snapshot.consumers,
    remedy: `Keep it until no service publishes or consumes it and its last records have expired; then delete contracts/${fileOf(snapshot)} too.`,
  };
}

function refusalOf(
  event: EventDefinition,
  services: ServicesOfEvents,
  snapshot: Snapshot | undefined,
  rule: string,
  sentence: string,
  remedy: string,
  path?: string,
): Refusal {
  const id = idOf(event);
  const all = (old: readonly string[] = [], next: readonly string[] = []) => [...new Set([...old, ...next])].toSorted();
  return {
    rule,
    event: id,
    path,
    sentence,
    remedy,
    publishers: all(snapshot?.publishers, services.publishers.get(id)),
    consumers: all(snapshot?.consumers, services.consumers.get(id)),
  };
}

function acceptedSnapshot(contract: Contract, snapshot: Snapshot): Snapshot {
  const isSame = (['reads', 'writes'] as const).every(
    (side) => canonical(contract.schema[side]) === canonical(snapshot.schema[side]),
  );
  const earlierSchemas = isSame ? snapshot.earlierSchemas : [...snapshot.earlierSchemas, snapshot.schema];
  return { format: SNAPSHOT_FORMAT, ...contract, earlierSchemas };
}

/** As JSON gives it back. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function days(ms: number): string {
  const count = Math.round((ms / DAY_MS) * 10) / 10;
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}
