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

/** A node of the map is narrow: each point of its line is the most of 15 s. */
export const MAP_LAG_POINTS_MAX = 20;

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

/** An act on 500 dead letters is one transaction of some thousand statements; given up early, its outcome would not be known. */
export const ACT_MS_MAX = 60_000;

/** The admin listener runs three requests at once, and one is left for the operator's command line. */
export const ADMIN_REQUESTS_AT_ONCE = 2;

/** Last good answers, by path; a filter that is typed makes a new path with each character. */
export const SOURCE_ANSWERS_KEPT_MAX = 100;

/** As many as mail-service lists at once. */
export const MAILS_LISTED_MAX = 500;

/** Of each partition, to see when a version of an event was last published. */
export const CONTRACT_RECORDS_READ = 100;

/** Which topics there are, and where each log begins. */
export const LOGS_EVERY_MS = 5_000;

/** As many as a service lists at once, and as many as one act resolves. */
export const LETTERS_PAGE_ROWS = 500;
export const REJECTED_PAGE_ROWS = 500;

/** A dry run shows what is so at its time; after this long it is to be made again. */
export const ACT_TOKEN_MS = 5 * 60_000;
export const ACT_TOKENS_MAX = 1_000;

/** Events that are compared by id in every round: longer than every retry but the last ones, and a digest of minutes. */
export const SCOREBOARD_WINDOW_MS = 15 * 60_000;

/** 36 bytes each when mailed, and 250 before: 2 MB, and 12 MB when no mail goes out. Of more, the oldest are compared for the last time. */
export const SCOREBOARD_EVENTS_MAX = 50_000;

/** What is mailed and older is kept as its id alone; the rows of the last seconds are read again, as transactions were open. */
export const SCOREBOARD_SETTLED_AFTER_MS = 8_000;

/** Sources are read one after the other: what is in no place, or in two, for less may be on its way. */
export const WRONG_AFTER_MS = 3_000;

/** A journey that is one of them says so. */
export const SCOREBOARD_IDS_SHOWN_MAX = 50;

/** A page names three of them with a link each. */
export const FRAME_IDS_MAX = 3;

/** A page names one source that does not answer; with the others back, it names the next. */
export const FRAME_PROBLEMS_MAX = 1;

/** Rows that have waited for a round are looked up in their outbox: in a round, as many as a service answers in one request. */
export const ABSENT_ROWS_ASKED_MAX = 100;

/** A figure is at most a second old; while something may be missing, the rounds are closer. */
export const SCOREBOARD_EVERY_MS = 1_000;
export const SCOREBOARD_EVERY_UNCERTAIN_MS = 250;

/** Ledger buckets that are read by id in one round; the others keep their turn. */
export const SCOREBOARD_BUCKETS_READ_MAX = 20;

/** Clocks of the database and the order of commits: published rows are read again for so long. */
export const PUBLISHED_OVERLAP_MS = 2_000;

/** What is published while the console starts; its clock may differ from the database's. */
export const FIRST_PUBLISHED_MS = 60_000;

/** Attempts of the newest records, so that a journey can show each: 65 bytes each, 3.3 MB; hours of a demo, half a minute of a load test. */
export const ATTEMPTS_KEPT_MAX = 50_000;

/** Of their groups, topics and errors, each text once: in an outage one error repeats. Of errors that all differ, 100 characters each, 7,500 are kept. */
export const ATTEMPT_TEXT_CHARACTERS_MAX = 1_500_000;

/** As the tables of a service keep it. */
export const ATTEMPT_ERROR_CHARACTERS_MAX = 2_000;

/** HTTP answers, by which the beginning of a journey is found: a minute at 100 requests a second. */
export const ANSWERS_KEPT_MAX = 10_000;

/** A service that restarts is back in a second or two. */
export const FEED_RECONNECT_MS = 1_000;

/** A service sends something every 15 s. */
export const FEED_SILENT_MS_MAX = 40_000;

/** One frame of a service has at most 1,000 events. */
export const FEED_FRAME_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Rates are of so many seconds: one burst does not make the figures jump. */
export const RATE_SECONDS = 5;

/** Durations by which the mail's percentiles are found. */
export const DURATIONS_KEPT_MAX = 1_000;

/** Once a second for figures, five times for what moves. */
export const FRAME_EVERY_MS = 1_000;
export const PULSES_EVERY_MS = 200;
export const PULSES_MAX = 60;

/** A frame shows each service with its topic, its group and their edges: once a second, with twelve services 14 KB at most. */
export const FRAME_BYTES_MAX = 2 * 1024;
export const FRAME_SERVICE_BYTES_MAX = 1152;

/** Any other event of the stream is read at once, on a telephone, too. */
export const STREAM_EVENT_BYTES_MAX = 8 * 1024;

/** Tabs and screens of one team. */
export const STREAMS_MAX = 50;

/** A tab that has not read for so long is closed; it opens the stream again by itself. */
export const STREAM_BUFFERED_BYTES_MAX = 1024 * 1024;

/** The journeys of the live map. */
export const LATEST_JOURNEYS = 20;

/** How often health, outbox, parked and dead letters of a service are read. */
export const FIGURES_EVERY_MS = 1_000;

/** What a search shows: an address with more mails than this is one of a test. */
export const JOURNEYS_FOUND_MAX = 50;

/** Of each source, for all events of a search together: each event has a few. */
export const JOURNEY_ROWS_READ_MAX = 500;

/** An address, an id or a word; longer ones are cut from a log by mistake. */
export const SEARCH_CHARACTERS_MAX = 320;

/** What came of the last ones; the page shows as many. */
export const TRY_RESULTS_KEPT = 10;
export const TRY_MEMBERS_MAX = 20;

/** Of one request of Try it: a service whose database is unavailable answers before. */
export const TRY_ANSWER_MS_MAX = 10_000;

/** order-service rejects an order until it has consumed the sign-up. */
export const TRY_MEMBER_UNKNOWN_MS_MAX = 5_000;

/** A burst is to be seen, not to be a load test. */
export const TRY_BURST_PER_SECOND = 200;
export const TRY_BURST_EVERY_MS = 50;

/** A fault resolves when its part is ready again; a database takes some seconds. */
export const CONTROL_ANSWER_MS_MAX = 30_000;

/** Two minutes, a point a second. */
export const CHART_POINTS_MAX = 120;

export const CHAOS_LOG_ENTRIES_MAX = 100;

/** Enough to be seen among the inbox's repeats. */
export const CHAOS_DUPLICATES = 20;

/** Events of which the order within their key is checked, where a group handles them before so many others are committed: some 350 bytes each, 4 MB. */
export const ORDER_EVENTS_KEPT_MAX = 10_000;

/** Rounds of reading the outboxes after which a handled event is known to be of no outbox here. */
export const ORDER_ROUNDS_MAX = 2;

/** MailDev keeps at most 2,000 mails, and answers with whole ones. */
export const RECEIVED_PAGE_MAILS = 100;
export const RECEIVED_PAGES_MAX = 20;
export const RECEIVED_KEPT_MAX = 10_000;

/** Its mails are counted while the view of experiments is open. */
export const RECEIVED_EVERY_MS = 1_000;

/** Ids that a guarantee shows. */
export const GUARANTEE_EVENTS_MAX = 50;

/** When services became ready and not ready: those of an hour of experiments. */
export const SERVICE_CHANGES_KEPT_MAX = 100;

/** Without a tab only the lines of the last minutes need figures. */
export const UNWATCHED_EVERY_MS = 5_000;

/** A service stamps a repeat twice, for its list and for its stream of events: so far apart they are the same one. */
export const REPEAT_STAMPS_MS_MAX = 1_000;
