import type { Frame, JourneySummary, NewestJourneys, Pulses } from '../api.ts';
import { STREAM_EVENT_BYTES_MAX } from '../limits.ts';

export function frameEvent(frame: Frame): string {
  return event('frame', JSON.stringify(frame));
}

export function pulsesEvent(pulses: Pulses): string {
  return event('pulses', JSON.stringify(pulses));
}

/** The order of the newest journeys, with those that a tab does not have yet: as many events as needed, each within the bound. */
export function journeysEvents(newest: readonly JourneySummary[], changed: readonly JourneySummary[]): string[] {
  const ids = newest.map(({ eventId }) => eventId);
  const eventOf = (some: readonly JourneySummary[]): string =>
    event('journeys', JSON.stringify({ ids, changed: some } satisfies NewestJourneys));
  const parts: JourneySummary[][] = [[]];
  let bytes = Buffer.byteLength(eventOf([]));
  const empty = bytes;
  for (const journey of changed) {
    const more = Buffer.byteLength(JSON.stringify(journey)) + 1;
    if (bytes + more > STREAM_EVENT_BYTES_MAX && parts.at(-1)!.length > 0) {
      parts.push([]);
      bytes = empty;
    }
    parts.at(-1)!.push(journey);
    bytes += more;
  }
  return parts.map(eventOf);
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
