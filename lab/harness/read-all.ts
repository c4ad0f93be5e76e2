import { QUIET_MS } from '../basics/limits.ts';
import type { ConsumeOptions, Queue, Received } from '../systems/system.ts';
import { Collector } from './collect.ts';

/** What a reader receives and acknowledges, in that order: until it has so many different ones, or none came for `quietMs`. */
export async function readAll(
  queue: Queue,
  expected: number,
  options: Pick<ConsumeOptions, 'group' | 'from'> = {},
  quietMs = QUIET_MS,
): Promise<Received[]> {
  const received: Received[] = [];
  const bodies = new Collector();
  const reader = await queue.consume({ acknowledge: 'after', ...options }, async (message) => {
    if (!bodies.has(message.body)) received.push(message);
    bodies.add(message.body);
    return 'done';
  });
  await bodies.until(expected, quietMs);
  await reader.stop();
  return received;
}
