/** Shorter than a person waits. A broker that needs longer is treated as unavailable, and the call is retried. */
export const CONNECT_TIMEOUT_MS = 3_000;
export const REQUEST_TIMEOUT_MS = 15_000;
