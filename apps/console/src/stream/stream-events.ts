import type { Frame, JourneySummary, NewestJourneys, Pulses, Scoreboard } from '../api.ts';
import { FRAME_IDS_MAX, FRAME_PROBLEMS_MAX, STREAM_EVENT_BYTES_MAX } from '../limits.ts';

export function frameEvent(frame: Frame): string {
  return event('frame', JSON.stringify(frame));
}

/** What a page shows of it. How many events are wrong is counted apart from their ids. */
export function shownOf(scoreboard: Scoreboard): Scoreboard {
  const { events, problems } = scoreboard;
  return { ...scoreboard, events: events.slice(0, FRAME_IDS_MAX), problems: problems.slice(0, FRAME_PROBLEMS_MAX) };
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
