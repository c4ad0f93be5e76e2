/** A text of ten segments in GSM-7 with room for its JSON. */
export const BODY_BYTES_MAX = 16_384;
export const TEXT_CHARACTERS_MAX = 1_600;
export const KEY_CHARACTERS_MAX = 255;

/** All of them are held in memory with their keys: about 40 MB. Beyond this the gateway refuses rather than forget a key. */
export const TEXTS_MAX = 100_000;

/** Newest texts on the inbox page and in one answer. */
export const TEXTS_LISTED_MAX = 500;

/** A request arrives in pieces, or not at all. */
export const ARRIVAL_MS_MAX = 5_000;

/** Longer than any client waits. */
export const LATE_MS_MAX = 600_000;
