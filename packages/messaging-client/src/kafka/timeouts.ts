/** Below the time a person waits; a broker that needs longer is treated as away and tried again. */
export const CONNECT_TIMEOUT_MS = 3_000;
export const REQUEST_TIMEOUT_MS = 15_000;
