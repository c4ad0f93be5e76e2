import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CONNECT_TIMEOUT_MS } from '../basics/limits.ts';

/** A port has no event for its end. */
const LOOK_MS = 20;
/** A process with much memory takes a while to end, on a busy machine most. */
const END_TIMEOUT_MS = 30_000;

/** Whether something accepts connections at `host:port`. */
export async function isListening(place: string): Promise<boolean> {
  const [host = '', port] = place.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Resolves when a killed process has given its port back: the signal is sent long before. */
export async function untilGone(place: string): Promise<void> {
  const startedAt = performance.now();
  while (await isListening(place)) {
    if (performance.now() - startedAt > END_TIMEOUT_MS) throw new Error(`${place} still answers after the kill`);
    await delay(LOOK_MS);
  }
}
