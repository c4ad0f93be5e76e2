/** Bounds of the console, each with its reason. The unit is in the name. */

/** The page's own files: its build is held to 40 KB of script compressed, and this is what a wrong folder has. */
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;

/** The longest body is the edited value of one dead letter; a record has at most 1 MB, and JSON in JSON is longer. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** What a view may wait for the broker: the page shows the last good answer meanwhile. */
export const BROKER_READ_MS_MAX = 2_000;

/** The lag of each group is a line of five minutes, with a point every five seconds. */
export const LAG_EVERY_MS = 5_000;
export const LAG_POINTS_MAX = 60;

/** A cluster of others may have thousands of groups and topics; the console is for one system. */
export const GROUPS_WATCHED_MAX = 50;
export const TOPICS_LISTED_MAX = 500;
export const REBALANCES_KEPT_MAX = 50;

/** The longest name that Kafka allows. */
export const TOPIC_CHARACTERS_MAX = 249;

/** What a tail shows, what it looks through in each partition for a filter, and the most that it catches up with. */
export const TAIL_RECORDS_MAX = 100;
export const TAIL_RECORDS_FILTERED = 2_000;
export const TAIL_RECORDS_NEW_MAX = 500;
export const TAIL_VALUE_CHARACTERS_MAX = 300;

/** Offsets behind the wanted one in which its record may be part of a batch. */
export const RECORD_SEARCHED_MAX = 1n;

/** As BROKER_READ_MS_MAX, for an HTTP source; the admin endpoints give up a query after the same time. */
export const SOURCE_READ_MS_MAX = 2_500;

/** The admin listener runs three requests at once, and one is left for the operator's command line. */
export const ADMIN_REQUESTS_AT_ONCE = 2;

/** Last good answers, by path; a filter that is typed makes a new path with each character. */
export const SOURCE_ANSWERS_KEPT_MAX = 100;

/** As many as mail-service lists at once. */
export const MAILS_LISTED_MAX = 500;

/** Of each partition, to see when a version of an event was last published. */
export const CONTRACT_RECORDS_READ = 100;

/** As many as a service lists at once. */
export const LETTERS_PAGE_ROWS = 500;

/** A dry run shows what is so at its time; after this long it is to be made again. */
export const ACT_TOKEN_MS = 5 * 60_000;
export const ACT_TOKENS_MAX = 1_000;
