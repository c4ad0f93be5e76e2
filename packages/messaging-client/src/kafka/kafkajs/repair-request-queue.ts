import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 re-arms a timer for its request queue after every check, also when nothing is pending and with a delay
 * in the distant past: on Node 24 that warns (TimeoutNegativeWarning, kafkajs#1751) and polls about 800 times a second
 * for each connection. This arms it only when something is pending. To be removed with kafkajs#1768.
 */
interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** kafkajs's own interval between checks of requests that wait for a free slot. */
const CHECK_PENDING_REQUESTS_MS = 10;

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };

prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_PENDING_REQUESTS_MS,
  );
};
