/** Frames come once a second; after this long without one the page says that it reconnects. */
export const FRAME_OVERDUE_MS = 4_000;

/** EventSource gives up on an answer that is not 200; the page then opens a new one after this long. */
export const REOPEN_STREAM_MS = 1_000;

/** Below this, an answer comes so soon that a skeleton would only flicker. */
export const SKELETON_AFTER_MS = 200;

/** Up to here all rows of a table are in the document; above it only those in sight. */
export const TABLE_ROWS_MAX = 200;

/** Height of a row of a virtual table, as in table.css. */
export const TABLE_ROW_PX = 33;

/** The same where rows are cards: a line of chips and figures, and two lines of cells that are cut; as in table.css. */
export const TABLE_CARD_PX = 84;

/** Rows that a virtual table keeps above and below those in sight, so that a fast scroll shows no gap. */
export const TABLE_OVERSCAN_ROWS = 12;

/** By so many rows it goes on while it is scrolled; a frame of a fast scroll makes no more than a few. */
export const TABLE_STEP_ROWS = 4;

/** Dots on the map at a time. */
export const DOTS_MAX = 60;

/** From the start of an edge to its end. */
export const DOT_TRAVEL_MS = 900;

/** How long a partition is marked after a record. */
export const FLASH_MS = 400;

/** Between the first and the second key of a sequence such as `g` `m`. */
export const KEY_SEQUENCE_MS = 1_500;

/** Waits above this are shortened on a timeline. */
export const TIMELINE_WAIT_MS = 400;

/** Percent of a timeline's width that a shortened wait takes: enough for its hatching to be seen. */
export const TIMELINE_WAIT_SHARE = 9;

/** Percent that all waits take at most: what runs is the point of the picture. */
export const TIMELINE_WAITS_SHARE_MAX = 60;

/** As of the console's server: events that a search shows. */
export const JOURNEYS_FOUND_MAX = 50;

/** Records of a tail that are kept: more than anyone reads, and the page stays small. */
export const TAIL_ROWS_MAX = 500;

/** Dead letters that the page lists and filters by itself. */
export const LETTERS_MAX = 10_000;

/** As of the services: dead letters or outbox rows that one act names. */
export const ROWS_AN_ACT_MAX = 500;

/** Pages of a list that are read again and again, of 500 rows each: more cost its source too much. A filter finds what is older. */
export const PAGES_MAX = 10;

/** A record of JSON is coloured up to so long: each name and value is an element of the page. */
export const COLOURED_CHARACTERS_MAX = 50_000;
