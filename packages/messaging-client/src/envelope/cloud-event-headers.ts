/**
 * CloudEvents 1.0, Kafka protocol binding, binary mode: attributes are `ce_` headers, the value is the payload.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export const HEADER = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  time: 'ce_time',
  /** The `$id` of the payload's JSON Schema, which ends with the version of the event. */
  dataSchema: 'ce_dataschema',
  /** An extension: all versions in which the event is published, newest first, such as `2,1`. Absent where it is one alone. */
  dataVersions: 'ce_dataversions',
  contentType: 'content-type',
  traceparent: 'traceparent',
} as const;

export const SPEC_VERSION = '1.0';
export const JSON_CONTENT = 'application/json';

/** `urn:event:member.signed-up:v1` */
export function dataSchemaOf(name: string, version: number): string {
  return `urn:event:${name}:v${version}`;
}

export function versionFromDataSchema(dataSchema: string | undefined): number | undefined {
  const version = dataSchema?.match(/:v(\d{1,6})$/)?.[1];
  return version === undefined ? undefined : Number(version);
}

export function versionsFromHeader(dataVersions: string | undefined): number[] {
  return dataVersions?.split(',').map(Number) ?? [];
}
