import { batch, computed, signal } from '@preact/signals';
import type { Frame, JourneySummary, NewestJourneys, Pulses } from '../../src/api.ts';
import { FRAME_OVERDUE_MS, REOPEN_STREAM_MS } from '../limits.ts';
import { now } from './clock.ts';

export const frame = signal<Frame | null>(null);
export const latest = signal<readonly JourneySummary[] | null>(null);
/** The operator holds the page's figures still. The stream goes on, so that they are current when it ends. */
export const isPaused = signal(false);

const openedAt = signal(Date.now());
const lastFrameAt = signal<number | null>(null);
const isCut = signal(false);

/** How the page stands to the server, and since when (ms). */
export const connection = computed(() => {
  const since = lastFrameAt.value ?? openedAt.value;
  if (isCut.value || now.value - since > FRAME_OVERDUE_MS) {
    return { state: lastFrameAt.value === null ? 'connecting' : 'reconnecting', since } as const;
  }
  return { state: lastFrameAt.value === null ? 'connecting' : 'live', since } as const;
});

type PulseListener = (pulses: Pulses['pulses']) => void;
const pulseListeners = new Set<PulseListener>();

/** Returns how to stop. */
export function onPulses(listener: PulseListener): () => void {
  pulseListeners.add(listener);
  return () => pulseListeners.delete(listener);
}

/** Opens the page's one stream. It reconnects by itself for as long as the page is open. */
export function openStream(): void {
  const source = new EventSource('/api/stream');
  source.addEventListener('frame', ({ data }: MessageEvent<string>) => receive(JSON.parse(data) as Frame));
  source.addEventListener('journeys', ({ data }: MessageEvent<string>) => keep(JSON.parse(data) as NewestJourneys));
  source.addEventListener('pulses', ({ data }: MessageEvent<string>) => {
    if (document.hidden || isPaused.value) return;
    const { pulses } = JSON.parse(data) as Pulses;
    for (const listener of pulseListeners) listener(pulses);
  });
  source.addEventListener('error', () => {
    isCut.value = true;
    if (source.readyState === EventSource.CLOSED) setTimeout(openStream, REOPEN_STREAM_MS);
  });
}

let held: Frame | null = null;
let heldLatest: readonly JourneySummary[] | null = null;

function receive(next: Frame): void {
  batch(() => {
    isCut.value = false;
    lastFrameAt.value = Date.now();
    held = next;
    if (!isPaused.value) show();
  });
}

function keep({ ids, changed }: NewestJourneys): void {
  const known = new Map([...(heldLatest ?? []), ...changed].map((journey) => [journey.eventId, journey]));
  heldLatest = ids.flatMap((id) => known.get(id) ?? []);
  if (!isPaused.value) batch(show);
}

function show(): void {
  frame.value = held;
  latest.value = heldLatest;
}

export function switchPause(): void {
  isPaused.value = !isPaused.value;
  if (!isPaused.value) batch(show);
}
