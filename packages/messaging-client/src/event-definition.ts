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
}

export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
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

function readResult<Payload>(result: SchemaResult<Payload>): ReadPayload<Payload> {
  if (result.issues === undefined) return { payload: result.value };
  return { problems: result.issues.map((issue) => `${pathOf(issue)}: ${issue.message}`) };
}

function pathOf(issue: SchemaIssue): string {
  const steps = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  return steps.join('.') || '(payload)';
}
