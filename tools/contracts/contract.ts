import { isDeepStrictEqual } from 'node:util';
import { describeSchema, SchemaCannotBeExpressed } from './describe-schema.ts';
import type { EventSchema } from './compare-schemas.ts';
import type { EventDefinition } from '../../packages/event-catalog/src/index.ts';

/** What services agree on for one version of an event. */
export interface Contract {
  readonly name: string;
  readonly version: number;
  readonly topic: { readonly name: string; readonly partitions: number; readonly retentionMs: number };
  readonly owner: string;
  readonly publishers: readonly string[];
  /** Consumer groups: a service's, and those of its handlers with a name. */
  readonly consumers: readonly string[];
  readonly example: unknown;
  readonly key: KeySamples;
  /** The version whose records a consumer of this one reads too. */
  readonly upcastFrom?: number;
  readonly schema: EventSchema;
}

/** The key as the catalog's function computes it: of the example, and of copies of it in which one field differs. */
export interface KeySamples {
  readonly ofExample: string;
  /** For the fields that the key depends on. A key that ignores case is the same for a value in capitals. */
  readonly whenChanged: ReadonlyArray<{ readonly path: string; readonly value: unknown; readonly key: string }>;
}

/** The services that publish an event, and the consumer groups that consume it, by `name v1`. */
export interface ServicesOfEvents {
  readonly publishers: ReadonlyMap<string, readonly string[]>;
  readonly consumers: ReadonlyMap<string, readonly string[]>;
}

/** @throws SchemaCannotBeExpressed that names the event and the path */
export function contractOf(event: EventDefinition, services: ServicesOfEvents): Contract {
  const id = idOf(event);
  return {
    name: event.name,
    version: event.version,
    topic: event.topic,
    owner: event.owner,
    publishers: services.publishers.get(id) ?? [],
    consumers: services.consumers.get(id) ?? [],
    example: event.example,
    key: keySamples(event.example, event.key),
    ...(event.upcast === undefined ? {} : { upcastFrom: event.upcast.from.version }),
    schema: describe(event),
  };
}

function describe(event: EventDefinition): EventSchema {
  try {
    return describeSchema(event.schema);
  } catch (error) {
    if (!(error instanceof SchemaCannotBeExpressed)) throw error;
    throw new SchemaCannotBeExpressed(`${idOf(event)} ${error.message}`, { cause: error });
  }
}

export function idOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name} v${version}`;
}

type KeyFunction = (payload: never) => string;

export function keySamples(example: unknown, key: KeyFunction): KeySamples {
  const evaluate = (payload: unknown): string => {
    try {
      return (key as (payload: unknown) => string)(payload);
    } catch (error) {
      return `(throws: ${(error as Error).message})`;
    }
  };
  const ofExample = evaluate(example);
  const whenChanged = leavesOf(example).flatMap(({ path, value }) => {
    const samples = variationsOf(value).map((changed) => ({
      path: `/${path.join('/')}`,
      value: changed,
      key: evaluate(withLeaf(example, path, changed)),
    }));
    return samples.some(({ key }) => key !== ofExample) ? samples : [];
  });
  return { ofExample, whenChanged };
}

/** Why the key of the next version is not the old one, by the old samples. */
export function findKeyChange(old: Contract, key: KeyFunction): string | undefined {
  const next = keySamples(old.example, key);
  if (isDeepStrictEqual(next, old.key)) return undefined;
  if (next.ofExample !== old.key.ofExample) return `of the example: ${old.key.ofExample} → ${next.ofExample}`;
  const paths = [old.key, next].map(({ whenChanged }) => [...new Set(whenChanged.map(({ path }) => path))].join(', '));
  return paths[0] === paths[1]
    ? `it reads ${paths[0]} in another way`
    : `it depended on ${paths[0]}, and depends on ${paths[1] || 'no field'}`;
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]));
}

function variationsOf(value: unknown): unknown[] {
  if (typeof value === 'string') return [`${value}0`, value.toUpperCase()].filter((one) => one !== value);
  if (typeof value === 'number') return [value + 1];
  return typeof value === 'boolean' ? [!value] : [];
}

function withLeaf(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return leaf;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[name] = withLeaf(copy[name], rest, leaf);
  return copy;
}
