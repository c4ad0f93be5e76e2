import { eventCatalog } from '../../packages/event-catalog/src/index.ts';
import { readPayload } from '../../packages/messaging-client/src/event-definition.ts';
import type { EventDefinition } from '../../packages/messaging-client/src/event-definition.ts';
import { badUsage, refused } from './problem.ts';

export type CatalogEvent = (typeof eventCatalog)[number];

/** Its newest version, which the catalog lists last. */
export function findEvent(name: string): CatalogEvent | undefined {
  return eventCatalog.findLast((event) => event.name === name);
}

/** The one event that is named on the command line. */
export function readEvent(positionals: readonly string[]): CatalogEvent {
  const [name, ...more] = positionals;
  const names = eventCatalog.map((event) => event.name).join(', ');
  if (name === undefined || more.length > 0) throw badUsage('name exactly one event', `One of ${names}.`);
  const event = findEvent(name);
  if (event === undefined) throw badUsage(`the catalog has no event ${name}`, `It has ${names}.`);
  return event;
}

export function parseJson(option: string, content: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as unknown;
  } catch (error) {
    throw badUsage(`${option} is not JSON in UTF-8: ${(error as Error).message}`, 'Put it in a file and give @file.');
  }
}

/** @throws BusProblem that names every wrong field */
export async function checkPayload(event: CatalogEvent, value: unknown, option: string): Promise<unknown> {
  const read = await readPayload(event as EventDefinition, value);
  if ('payload' in read) return read.payload;
  const problems = read.problems.map((problem) => `\n    ${problem}`).join('');
  throw refused(
    `${option} is not a valid ${event.name} v${event.version}:${problems}`,
    `An example: ${JSON.stringify(event.example)}`,
  );
}
