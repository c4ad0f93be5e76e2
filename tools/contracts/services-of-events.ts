import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../tidy/repository-files.ts';
import { ASYNCAPI } from './document-paths.ts';
import type { ServicesOfEvents } from './contract.ts';

interface Operation {
  readonly action: 'send' | 'receive';
  readonly tags: ReadonlyArray<{ readonly name: string }>;
  readonly messages: ReadonlyArray<{ readonly $ref: string }>;
  readonly bindings?: { readonly kafka: { readonly groupId: { readonly const: string } } };
}

/**
 * Read from the AsyncAPI document of the bus: Node cannot load the services' modules from source. Another check keeps that
 * document up to date.
 */
export function servicesOfEvents(): ServicesOfEvents {
  const text = readFileSync(join(CHECKOUT, ASYNCAPI, 'event-bus.json'), 'utf8');
  const { operations } = JSON.parse(text) as { operations: Record<string, Operation> };
  const publishers = new Map<string, string[]>();
  const consumers = new Map<string, string[]>();
  for (const { action, tags, messages, bindings } of Object.values(operations)) {
    const users = action === 'send' ? publishers : consumers;
    const group = bindings?.kafka.groupId.const;
    for (const { $ref } of messages) {
      // `#/channels/mail/messages/email.sent.v1`
      const id = $ref.slice($ref.lastIndexOf('/') + 1).replace(/\.v(\d+)$/, ' v$1');
      const names = [...(users.get(id) ?? []), ...(group === undefined ? tags.map(({ name }) => name) : [group])];
      users.set(id, names.toSorted());
    }
  }
  return { publishers, consumers };
}
