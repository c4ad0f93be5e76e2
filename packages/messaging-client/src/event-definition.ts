/**
 * What the client needs to know of an event. It knows none by name: anything of this shape can be published.
 */
export interface EventDefinition<Payload = unknown> {
  readonly name: string;
  readonly version: number;
  readonly topic: TopicDefinition;
  /** Records with the same key keep their order. */
  key(payload: Payload): string;
  readonly schema: PayloadSchema<Payload>;
  /** How records of the version before are read; that one may have an upcast of its own. */
  readonly upcast?: Upcast | undefined;
}

/** How payloads of one version of an event become payloads of the next. */
export interface Upcast {
  readonly from: EventDefinition;
  /** Makes a payload of this version of one of `from`; the schema of this version then reads it. */
  apply(payload: unknown): unknown;
}

/** A topic as it is created where it is missing. */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  /** How long a record is kept, in milliseconds; below 0, for ever. */
  readonly retentionMs: number;
}

/** The part of Standard Schema (standardschema.dev) that is used; zod, valibot and arktype have it. */
export interface PayloadSchema<Payload> {
  readonly '~standard': {
    validate(value: unknown): SchemaResult<Payload> | Promise<SchemaResult<Payload>>;
    readonly types?: { readonly output: Payload } | undefined;
  };
}

type SchemaResult<Payload> =
  | { readonly value: Payload; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> };

interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** The payload as the schema reads it, or the problems, one line each (`items.0.quantity: too small`). */
export type ReadPayload<Payload> = { payload: Payload } | { problems: string[] };

/** At once, unless the schema takes its time. */
export function readPayload<Payload>(
  event: EventDefinition<Payload>,
  value: unknown,
): ReadPayload<Payload> | Promise<ReadPayload<Payload>> {
  const result = event.schema['~standard'].validate(value);
  return result instanceof Promise ? result.then(readResult) : readResult(result);
}

/** Whether `readVersion` can read payloads of a version: it is the event's own, or upcasts lead from it to that. */
export function readsVersion({ version: own, upcast }: EventDefinition, version: number): boolean {
  return version === own || (upcast !== undefined && readsVersion(upcast.from, version));
}

/**
 * As `readPayload`, of a payload that is written in `version`, one that `readsVersion`: its own schema reads it, and each
 * upcast up to `event` is applied.
 */
export function readVersion<Payload>(
  event: EventDefinition<Payload>,
  version: number,
  value: unknown,
): ReadPayload<Payload> | Promise<ReadPayload<Payload>> {
  const { upcast } = event;
  if (version === event.version || upcast === undefined) return readPayload(event, value);
  const earlier = readVersion(upcast.from, version, value);
  if (earlier instanceof Promise) return earlier.then((read) => applyUpcast(event, upcast, read));
  return applyUpcast(event, upcast, earlier);
}

function applyUpcast<Payload>(
  event: EventDefinition<Payload>,
  upcast: Upcast,
  read: ReadPayload<unknown>,
): ReadPayload<Payload> | Promise<ReadPayload<Payload>> {
  if ('problems' in read) return read;
  let payload: unknown;
  try {
    payload = upcast.apply(read.payload);
  } catch (error) {
    return { problems: [`(upcast from v${upcast.from.version} to v${event.version}): ${String(error)}`] };
  }
  return readPayload(event, payload);
}

function readResult<Payload>(result: SchemaResult<Payload>): ReadPayload<Payload> {
  if (result.issues === undefined) return { payload: result.value };
  return { problems: result.issues.map((issue) => `${pathOf(issue)}: ${issue.message}`) };
}

function pathOf(issue: SchemaIssue): string {
  const steps = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  return steps.join('.') || '(payload)';
}
