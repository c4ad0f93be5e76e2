// Writes src/wire/generated/ from Kafka's own message definitions:
//   node packages/log-broker/tools/generate-messages.ts
// One file per request key (both directions), one per stored record. The output is checked in; run it again when
// KAFKA_VERSION changes. The definitions are Apache-2.0, see NOTICE.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonEntries } from './jar-entries.ts';

const KAFKA_VERSION = '4.3.1';
const OUTPUT = join(import.meta.dirname, '../src/wire/generated');

/** Requests of this broker. To add one: its name here, a run of this tool, and a handler. */
const APIS = [
  'Produce', 'Fetch', 'ListOffsets', 'Metadata', 'OffsetCommit', 'OffsetFetch', 'FindCoordinator', 'JoinGroup',
  'Heartbeat', 'LeaveGroup', 'SyncGroup', 'DescribeGroups', 'ListGroups', 'SaslHandshake', 'ApiVersions',
  'CreateTopics', 'DeleteTopics', 'DeleteRecords', 'InitProducerId', 'OffsetForLeaderEpoch', 'AddPartitionsToTxn',
  'AddOffsetsToTxn', 'EndTxn', 'TxnOffsetCommit', 'DescribeAcls', 'CreateAcls', 'DeleteAcls', 'DescribeConfigs',
  'AlterConfigs', 'CreatePartitions', 'DeleteGroups', 'IncrementalAlterConfigs', 'ListPartitionReassignments',
  'OffsetDelete', 'DescribeCluster', 'DescribeLogDirs', 'DescribeProducers', 'DescribeTransactions', 'ListTransactions',
  'SaslAuthenticate', 'DescribeUserScramCredentials', 'AlterUserScramCredentials',
  'ConsumerGroupHeartbeat', 'ConsumerGroupDescribe',
]; // prettier-ignore

/** Other messages: headers, and the records and files that Kafka keeps on disk. */
const RECORDS: Record<string, string[]> = {
  'kafka-clients': ['RequestHeader', 'ConsumerProtocolSubscription', 'ConsumerProtocolAssignment'],
  'kafka-group-coordinator': [
    'OffsetCommitKey', 'OffsetCommitValue', 'GroupMetadataKey', 'GroupMetadataValue',
    'ConsumerGroupMetadataKey', 'ConsumerGroupMetadataValue',
    'ConsumerGroupMemberMetadataKey', 'ConsumerGroupMemberMetadataValue',
    'ConsumerGroupTargetAssignmentMetadataKey', 'ConsumerGroupTargetAssignmentMetadataValue',
    'ConsumerGroupTargetAssignmentMemberKey', 'ConsumerGroupTargetAssignmentMemberValue',
    'ConsumerGroupCurrentMemberAssignmentKey', 'ConsumerGroupCurrentMemberAssignmentValue',
    'ConsumerGroupRegularExpressionKey', 'ConsumerGroupRegularExpressionValue',
  ], // prettier-ignore
  'kafka-transaction-coordinator': ['TransactionLogKey', 'TransactionLogValue'],
  'kafka-storage': ['ProducerSnapshot'],
};

interface Definition {
  apiKey?: number;
  name: string;
  validVersions: string;
  flexibleVersions: string;
  fields: DefinedField[];
  commonStructs?: { name: string; fields: DefinedField[] }[];
}

interface DefinedField {
  name: string;
  type: string;
  versions?: string;
  nullableVersions?: string;
  taggedVersions?: string;
  flexibleVersions?: string;
  tag?: number;
  default?: unknown;
  ignorable?: boolean;
  about?: string;
  fields?: DefinedField[];
}

const PRIMITIVES: Record<string, string> = {
  bool: 'boolean', int8: 'number', int16: 'number', uint16: 'number', int32: 'number', uint32: 'number', int64: 'number',
  float64: 'number', string: 'string', uuid: 'string', bytes: 'Buffer', records: 'Buffer',
}; // prettier-ignore

function parse(entries: Map<string, string>, name: string): Definition {
  const text = entries.get(`${name}.json`);
  if (text === undefined) throw new Error(`no definition of ${name}`);
  return JSON.parse(withoutComments(text)) as Definition;
}

/** Kafka's definitions carry `//` comments, which may also be inside of strings: those are kept. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*/g, (match) => (match.startsWith('//') ? '' : match));
}

function writeApi(request: Definition, response: Definition, api: string): void {
  const file = new GeneratedFile();
  file.message(request, false);
  file.message(response, true);
  file.body.push(
    `export const ${api}: Api<${request.name}, ${response.name}> = {`,
    `  key: ${request.apiKey},`,
    `  name: '${api}',`,
    `  request: ${codec(request)},`,
    `  response: ${codec(response)},`,
    '};',
  );
  file.save(api, `${request.name} and ${response.name}`, ['Api']);
}

function writeRecord(definition: Definition): void {
  const file = new GeneratedFile();
  file.message(definition, true);
  file.body.push(`export const ${definition.name} = ${codec(definition, `<${definition.name}>`)};`);
  file.save(definition.name, definition.name, []);
}

function codec(definition: Definition, typeArgument = ''): string {
  const fields = lowerFirst(definition.name);
  return `new MessageCodec${typeArgument}('${definition.validVersions}', '${definition.flexibleVersions}', ${fields}Fields)`;
}

class GeneratedFile {
  readonly body: string[] = [];
  private readonly taken = new Set<string>();
  private validVersions = '';

  /** `lenient`: fields a writer may leave out are optional (responses and stored records, which we write). */
  message(definition: Definition, lenient: boolean): void {
    this.validVersions = definition.validVersions;
    const structs = new Map<string, string>();
    const common = new Map((definition.commonStructs ?? []).map((s) => [s.name, s.fields]));
    this.structs(definition.name, definition.fields, definition, common, structs, lenient, true);
  }

  private structs(
    name: string,
    fields: DefinedField[],
    definition: Definition,
    common: Map<string, DefinedField[]>,
    names: Map<string, string>,
    lenient: boolean,
    top = false,
  ): string {
    const own = top || !this.taken.has(name) ? name : definition.name + name;
    this.taken.add(own);
    if (!top) names.set(name, own);
    for (const field of fields) {
      const inner = field.type.replace(/^\[\]/, '');
      if (PRIMITIVES[inner] || names.has(inner)) continue;
      const nested = field.fields ?? common.get(inner);
      if (!nested) throw new Error(`${definition.name}: no fields for ${inner}`);
      this.structs(inner, nested, definition, common, names, lenient);
    }
    this.interface(own, fields, names, lenient);
    this.table(own, fields, names);
    return own;
  }

  private interface(name: string, fields: DefinedField[], names: Map<string, string>, lenient: boolean): void {
    this.body.push(`export interface ${name} {`);
    for (const field of fields) {
      const element = field.type.replace(/^\[\]/, '');
      let type = PRIMITIVES[element] ?? names.get(element) ?? element;
      if (field.type.startsWith('[]')) type += '[]';
      if (field.nullableVersions) type += ' | null';
      const optional = lenient && mayBeLeftOut(field, this.validVersions);
      if (field.about) this.body.push(`  /** ${field.about.replace(/\s+/g, ' ').replaceAll('*/', '*\\/')} */`);
      this.body.push(`  ${lowerFirst(field.name)}${optional ? '?' : ''}: ${type};`);
    }
    this.body.push('}', '');
  }

  private table(name: string, fields: DefinedField[], names: Map<string, string>): void {
    this.body.push(`const ${lowerFirst(name)}Fields: readonly Field[] = [`);
    for (const field of fields) this.body.push(`  ${row(field, names)},`);
    this.body.push('];', '');
  }

  save(name: string, what: string, imports: string[]): void {
    const text = this.body.join('\n');
    const helpers = ['array', 'struct'].filter((helper) => text.includes(`${helper}(`));
    const values = ['MessageCodec', ...helpers].join(', ');
    const types = [...imports, 'Field'].join(', ');
    const head = [
      `// Generated by tools/generate-messages.ts from ${what} of Apache Kafka ${KAFKA_VERSION}. Do not edit. See NOTICE.`,
      `import { ${values} } from '../message-schema.ts';`,
      `import type { ${types} } from '../message-schema.ts';`,
      '',
    ];
    writeFileSync(join(OUTPUT, `${kebab(name)}.ts`), `${head.join('\n')}\n${text}\n`);
  }
}

/** A field with a default, or one that some versions lack: the writer fills in a missing value. */
function mayBeLeftOut(field: DefinedField, validVersions: string): boolean {
  if (field.default !== undefined || field.ignorable || field.tag !== undefined) return true;
  const [first, last] = validVersions.split('-').map(Number);
  const [from, to] = (field.versions ?? '0+').replace('+', '-32767').split('-').map(Number);
  return Number(from) > Number(first) || Number(to ?? from) < Number(last ?? first) || field.name === 'ThrottleTimeMs';
}

function row(field: DefinedField, names: Map<string, string>): string {
  const element = field.type.replace(/^\[\]/, '');
  const inner = PRIMITIVES[element] ? `'${element}'` : `struct(${lowerFirst(names.get(element) ?? element)}Fields)`;
  const type = field.type.startsWith('[]') ? `array(${inner})` : inner;
  const options: string[] = [];
  if (field.nullableVersions) options.push(`nullable: '${field.nullableVersions}'`);
  if (field.default !== undefined) options.push(`default: ${literal(field)}`);
  if (field.tag !== undefined) options.push(`tag: ${field.tag}, taggedVersions: '${field.taggedVersions}'`);
  if (field.flexibleVersions) options.push(`flexible: '${field.flexibleVersions}'`);
  const tail = options.length > 0 ? `, { ${options.join(', ')} }` : '';
  return `['${lowerFirst(field.name)}', ${type}, '${field.versions ?? field.taggedVersions}'${tail}]`;
}

/** Defaults are written as strings whatever their type: `"-1"`, `"null"`, `"false"`, `"0x7fffffff"`. */
function literal(field: DefinedField): string {
  const text = String(field.default);
  if (text === 'null') return 'null';
  if (field.type === 'string') return `'${text}'`;
  return text.replace('9223372036854775807', '9_223_372_036_854_775_807');
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
const clients = readJsonEntries('kafka-clients', KAFKA_VERSION);
for (const api of APIS) writeApi(parse(clients, `${api}Request`), parse(clients, `${api}Response`), api);
for (const [artifact, names] of Object.entries(RECORDS)) {
  const entries = readJsonEntries(artifact, KAFKA_VERSION);
  for (const name of names) writeRecord(parse(entries, name));
}
