import { camel, kebab, pascal } from '../names.ts';

export interface NewEvent {
  readonly name: string;
  readonly topic: string;
  readonly key: string;
  readonly owner: string;
}

/** A definition to start from: the key, and when it happened. */
export function eventSource({ name, key, owner }: NewEvent, topicConstant: string): string {
  const [noun = '', participle = ''] = name.split('.');
  return `import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { ${topicConstant} } from './topics.ts';

export const ${camel(name)} = defineEvent({
  name: '${name}',
  version: 1,
  topic: ${topicConstant},
  key: ({ ${key} }) => ${key},
  ${schemaOf({ key, time: timeOf(name) })},
  owner: '${owner}',
  summary: '${summaryOf(noun, participle)}',
  example: {
    ${key}: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
    ${timeOf(name)}: '2026-11-21T09:00:00.000Z',
  },
});

export type ${pascal(name)} = PayloadOf<typeof ${camel(name)}>;
`;
}

interface Fields {
  readonly key: string;
  readonly time: string;
}

function schemaOf({ key, time }: Fields): string {
  return `schema: z.object({
    ${key}: z.uuid(),
    ${time}: z.iso.datetime(),
  })`;
}

/** The fields of an event that is as new:event wrote it. */
export function fieldsOf(name: string, source: string): Fields | undefined {
  const [, key = ''] = /^ {2}key: \(\{ (\w+) \}\) => \1,$/m.exec(source) ?? [];
  const fields = { key, time: timeOf(name) };
  return source.includes(`  ${schemaOf(fields)},\n`) ? fields : undefined;
}

/** `invoice`, `issued` → `An invoice was issued.` */
function summaryOf(noun: string, participle: string): string {
  const words = kebab(noun).replaceAll('-', ' ');
  return `${/^[aeiou]/.test(words) ? 'An' : 'A'} ${words} was ${participle.replaceAll('-', ' ')}.`;
}

/** `invoice.issued` → `issuedAt` */
export function timeOf(name: string): string {
  return `${camel(name.split('.')[1] ?? '')}At`;
}
