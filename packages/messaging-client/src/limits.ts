/** Every bound of the client, with its reason. Units are in the names. */

/** Half of the broker's default message bound (1 MiB), so that headers and batch framing always fit. */
export const PAYLOAD_BYTES_MAX = 512 * 1024;

/** Keys are identifiers and addresses; a longer one is a mistake. */
export const KEY_BYTES_MAX = 1024;

/** Names of services and events travel as headers with each record: with these, RECORD_OVERHEAD_BYTES is enough. */
export const NAME_BYTES_MAX = 100;

/** The inbox keeps the id as a key; a longer one is a mistake. */
export const EVENT_ID_CHARACTERS_MAX = 200;

/** One send to the broker: large enough to amortise a round trip, small enough to stay below 10 ms of work. */
export const RELAY_BATCH_ROWS_MAX = 500;

/** What an SDK of OpenTelemetry keeps of a span's links by default; it would drop more. */
export const SPAN_LINKS_MAX = 128;

/**
 * A send becomes one record batch for each partition, and all of it may have one key: below the broker's default bound
 * of a batch (1 MiB), framing included. A batch over it would be rejected for ever.
 */
export const RELAY_BATCH_BYTES_MAX = 900 * 1024;

/** Headers and framing of one record, generously. */
export const RECORD_OVERHEAD_BYTES = 600;

/** NOTIFY wakes the relay; this is only the backstop for a notification that got lost. */
export const RELAY_POLL_MS = 1_000;

/** An instance whose session is silent for this long is taken for dead; a shorter pause of its process does no harm. */
export const LEASE_MS = 10_000;
export const LEASE_RENEWAL_MS = 2_500;

/**
 * What the broker may take for one answer. Longer than Kafka needs to do without a replica that has died (9 s), and short
 * enough that a frozen broker costs an instance its shards soon.
 */
export const BROKER_ANSWER_MS_MAX = 12_000;

/** A relay that has nothing to send asks so often whether the broker is there: it is one connection and one small request. */
export const BROKER_CHECK_INTERVAL_MS = 5_000;

/** An instance whose calls to the broker have failed for so long gives its shards to those who reach it. Longer than a broker's restart. */
export const RELAY_GIVES_UP_AFTER_MS = 5_000;

/**
 * An instance that reaches the broker and whose sends fail all the same, because it is cut off from one of several brokers
 * say, waits so long before it takes a share again, while others relay.
 */
export const RELAY_REJOIN_DELAY_MS = { first: 5_000, max: 60_000 } as const;

/** How often a problem that lasts is reported again. */
export const REPORTED_EVERY_MS = 60_000;

/** While a transaction that appends is open; one that rolls back sends no notification. */
export const RELAY_HELD_BACK_POLL_MS = 20;

/** A transaction that appended and is open for longer is reported: the younger rows of its shards wait for it. */
export const OUTBOX_HELD_BACK_MS = 5_000;

/**
 * The relay reads on from where all is published, and so often from the start: what was inserted past append() may have
 * been passed. From the start it may visit an index entry for each row that was published since the oldest snapshot.
 */
export const OUTBOX_READ_FROM_START_MS = 10_000;

/** What the broker rejects needs an operator; looking this often shows soon enough that it is repaired. */
export const REJECTED_ROW_RETRY_MS = 30_000;

/** Rejected rows in one act of an operator, which is one transaction. */
export const REJECTED_ROWS_AT_ONCE_MAX = 500;

/** What operators did about rejected rows, with the rows that they dropped. Auditors ask for a year. */
export const OUTBOX_AUDIT_KEPT_MS = 400 * 24 * 60 * 60 * 1000;

/** After a failure of broker or database: soon enough for a restart, slow enough not to be a load. */
export const RECONNECT_DELAY_MS = { first: 100, max: 2_000 } as const;

/** Waiting rows are counted up to here, so that it costs little to ask however many there are. */
export const BACKLOG_ROWS_COUNTED_MAX = 10_000;

/** For an operator waiting rows are counted further: a problem shows long before. */
export const OUTBOX_ROWS_COUNTED_MAX = 1_000_000;

/** For a text the newest rows are read, with their payloads; no index would be worth its cost at each append. A quarter of a second. */
export const OUTBOX_ROWS_SEARCHED_MAX = 50_000;

/** Of a larger payload no single field is read for a list: all of it would have to be. */
export const PAYLOAD_READ_BYTES_MAX = 16 * 1024;

/** The rate of publishing is that of the last minute: long enough to be steady, short enough to follow a failure. */
export const PUBLISHED_RATE_WINDOW_MS = 60_000;

/** Of the newest rows, along the index: enough for a 99th percentile, read in a millisecond or two. */
export const PUBLISH_TIMES_READ_MAX = 1_000;

/** The inbox is counted by its newest rows: all of them may be two weeks of records. */
export const INBOX_COUNT_WINDOW_MS = 60 * 60 * 1000;
export const INBOX_ROWS_COUNTED_MAX = 100_000;

/** Published rows are kept as evidence for a day. */
export const PUBLISHED_ROWS_KEPT_MS = 24 * 60 * 60 * 1000;

/** Handlers running at once. One that only waits costs little, so they are many; those below are fewer. */
export const HANDLERS_AT_ONCE_MAX = 512;

/** Handlers with a transaction at once: each holds a connection, and the pool must have some left for other work. */
export const TRANSACTIONS_AT_ONCE_MAX = 20;

/** Records that share a transaction: by then BEGIN, inbox and COMMIT are a small part of what each costs. */
export const GROUP_RECORDS_MAX = 128;

/** How long handlers go on sharing a transaction: effects become visible at its end, and its row locks last until then. */
export const GROUP_MS = 100;

/**
 * A handler that takes longer in a transaction that it shares is attempted again alone, so that its neighbours wait for it no
 * longer. Handlers that are known to take GROUP_MS share none.
 */
export const GROUP_HANDLER_MS_MAX = 1_000;

/** With `shareTransaction` what waits is divided into so many: the more share one, the cheaper it is, and they run at the same time. */
export const SHARED_TRANSACTIONS_AT_ONCE = 2;

/**
 * Outside effects at once. Each is in doubt when the process is killed, and an operator may have to look at it. They have to be enough
 * to keep the other side busy, such as ten connections, while claims and confirmations are written: with 128 a mail-service sends 0.7
 * of what nodemailer alone sends, with 256 0.85.
 */
export const OUTSIDE_EFFECTS_AT_ONCE_MAX = 256;

/**
 * A transaction of claims or of confirmations costs some five round trips and a sync however few it carries. Under load,
 * when several came together, the next waits a moment for a quarter of what may be running; what comes alone does not wait.
 */
export const CLAIMS_PATIENCE = { from: 4, enough: OUTSIDE_EFFECTS_AT_ONCE_MAX / 4, milliseconds: 20 };

/** Events that one statement appends to the outbox; as many as are claimed or confirmed in one transaction. */
export const OUTBOX_ROWS_AT_ONCE_MAX = 256;

/** Rows of the inbox that one statement writes for as many records: some milliseconds of work. */
export const INBOX_ROWS_AT_ONCE_MAX = 256;

/** Records taken from the broker and not finished. At this bound the next fetch waits and the backlog stays in the broker. */
export const RECORDS_IN_FLIGHT_MAX = 2_000;
/** Fetching goes on when so many are left: not at every record, so that fetches stay large. */
export const RECORDS_IN_FLIGHT_RESUME = 1_000;

/** The same by what they keep in memory: some 60 of the largest there are. One more fetch may come on top. */
export const BYTES_IN_FLIGHT_MAX = 32 * 1024 * 1024;
export const BYTES_IN_FLIGHT_RESUME = BYTES_IN_FLIGHT_MAX / 2;

/**
 * How old a consumer's idea of its topics may be: partitions that are added are read as soon as this, and a publisher knows
 * them at once. One small request a member.
 */
export const METADATA_AGE_MAX_MS = 5_000;

/** A restart repeats at most what was finished in this time; the inbox recognises it. */
export const COMMIT_INTERVAL_MS = 200;

/** How long the broker may hold a fetch that has nothing to give. */
export const FETCH_WAIT_MS = 500;
export const FETCH_BYTES_PER_PARTITION_MAX = 256 * 1024;

/**
 * A batch decompressed. A broker takes some 1 MiB compressed by default, and what clients write shrinks to a tenth of its
 * size, seldom to a thirtieth: more is a mistake or a bomb. As large as BYTES_IN_FLIGHT_MAX, on top of which it comes.
 */
export const BATCH_DECOMPRESSED_BYTES_MAX = 32 * 1024 * 1024;

/** Records of one batch: each costs some 300 bytes of memory however small it is. Clients write some thousands. */
export const BATCH_RECORDS_MAX = 200_000;

/** Headers of one batch, of which a million takes two seconds: below the session, so that the group does not miss its member. */
export const BATCH_HEADERS_MAX = 1_000_000;

/** Batches of a fetch are decoded until they are so many bytes, then handed out: the rest waits as it came. */
export const DECODED_BYTES_AT_ONCE = 1024 * 1024;

/** CloudEvents, traces and tools add a dozen headers. A record with more than this becomes a dead letter. */
export const RECORD_HEADERS_MAX = 1_000;
export const RECORD_HEADER_BYTES_MAX = 64 * 1024;

/**
 * The group notices a killed member after this time, and its records wait as long: Kafka's floor. Handlers cannot
 * delay a heartbeat, so a longer session would buy nothing.
 */
export const SESSION_TIMEOUT_MS = 6_000;
export const HEARTBEAT_INTERVAL_MS = 1_000;
export const REBALANCE_TIMEOUT_MS = 15_000;

/** A healthy member has an answer of its broker at every heartbeat; after three without one it is not ready. */
export const CONSUMER_SILENT_AFTER_MS = 3_000;
export const CONSUMER_WATCH_MS = 500;

/**
 * A consumer that is silent for this long is replaced, in case it is stuck rather than cut off. Not sooner: a new one is
 * a new member, and the group would first wait for the old one to be missed.
 */
export const CONSUMER_REPLACED_AFTER_MS = 60_000;

/** Attempts in the lane before a record is parked: enough for a failure of a tenth of a second, and its key waits no longer. */
export const QUICK_ATTEMPTS_MAX = 3;
export const QUICK_DELAY_MS = { first: 100, max: 400 } as const;

/** Waits of a parked record. The first is soon after the quick attempts; the last is what an outage costs after its end. */
export const PARKED_DELAY_MS = { first: 500, max: 30_000 } as const;

/**
 * Attempts of a record that fails although nothing is unavailable, unless its handler sets another bound. With the waits above the last
 * is about ten minutes after the first: longer than a deployment that was half way, shorter than a shift.
 */
export const ATTEMPTS_MAX = 30;

/** How often due records are looked for. Those that an operator redrives elsewhere are seen as late as this. */
export const PARKED_POLL_MS = 250;

/** Parked lanes running at once: a quarter of the transactions, so that records that fail slowly leave room for the others. */
export const PARKED_LANES_AT_ONCE_MAX = 4;

/** Records of one parked lane in one turn, before another due lane gets it. */
export const PARKED_TURN_RECORDS_MAX = 100;

/**
 * Parked keys of one partition that its holder remembers: some megabytes at most, keys being up to a kilobyte. With more of
 * them the database is queried for each record, many records at once.
 */
export const PARKED_KEYS_REMEMBERED_MAX = 10_000;
/** Fewer than that, so that a partition does not go back and forth. */
export const PARKED_KEYS_REMEMBERED_AGAIN = PARKED_KEYS_REMEMBERED_MAX / 2;
export const PARKED_KEYS_PER_QUERY_MAX = 256;

/** How often parked keys are counted. An operator does not need to know it within seconds. */
export const PARKED_WATCH_MS = 10_000;
/** More parked keys than that are no failure of single records. */
export const PARKED_KEYS_WARNED = 1_000;
/** Parked records are counted up to here, so that it costs little to ask however many there are. */
export const PARKED_COUNTED_MAX = 100_000;
/** The part of its greatest age at which a parked record is worth a warning: of five days, one is left to act. */
export const PARKED_AGE_WARNED = 0.8;

/** While the database cannot be queried: soon enough for a restart, slow enough not to be a load. */
export const DATABASE_RETRY_MS = { first: 100, max: 2_000 } as const;

/** At a stop, running handlers may finish for this long; what is not finished is not committed and comes again. */
export const DRAIN_MS_MAX = 10_000;

/**
 * A record that has started so often without an end has ended its process each time. Not sooner: a process may be killed
 * for other reasons while it handles an innocent one. The first crash is not counted, so it takes one more.
 */
export const POISON_STARTS_MAX = 3;

/**
 * After a crash the starts of so many records of a partition are counted: those that may have been in flight, and the batches
 * that were being received when their bound was reached.
 */
export const RECORDS_GUARDED_AFTER_CRASH_MAX = 2 * RECORDS_IN_FLIGHT_MAX;

/**
 * The inbox knows an event for so long beyond its topic's retention: Kafka closes a segment after a week, and none of its
 * records goes before all of them may.
 */
export const INBOX_MARGIN_MS = 8 * 24 * 60 * 60 * 1000;

/** Operators ask long afterwards whether an effect happened: kept as long as the mails of mail-service. */
export const INBOX_UNFINISHED_KEPT_MS = 365 * 24 * 60 * 60 * 1000;

/** A dead letter that was redriven or dropped: a quarter of a year, for looking back at an incident. */
export const DEAD_LETTERS_KEPT_MS = 90 * 24 * 60 * 60 * 1000;

/** Who redrove or dropped what: small, and audits are yearly. Never shorter than its dead letter. */
export const DEAD_LETTER_AUDIT_KEPT_MS = 400 * 24 * 60 * 60 * 1000;

/** A crash that no instance has taken over for this long: the service no longer consumes that topic. */
export const STARTED_ATTEMPTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Some milliseconds of work, whatever the table. */
export const ROWS_DELETED_AT_ONCE = 1_000;
export const TABLE_CLEANUP_MS = 60 * 1000;

/** A clean-up that has not come to its end for so long does not keep up, or fails each time. */
export const CLEANUP_LATE_AFTER_MS = 60 * 60 * 1000;

/** A letter that comes back this often is not fixed by a redrive; an operator can force it. */
export const REDRIVES_MAX = 5;

/** Dead letters in one act of an operator, which is one transaction. */
export const DEAD_LETTERS_AT_ONCE_MAX = 500;
export const DEAD_LETTERS_LISTED_DEFAULT = 100;

/** The reader of a dead topic may be on holiday. */
export const DEAD_TOPIC_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

/** How long a consumer that is stopped while it joins may take to join; it can leave only then. */
export const JOIN_AWAITED_MS_MAX = 2_000;

/** At a stop, the broker may take so long for the last commit and the farewell; it may be frozen. */
export const LEAVE_MS_MAX = 3_000;

/** Enough to find a cause, bounded because a stack can hold a payload. */
export const ERROR_TEXT_CHARACTERS_MAX = 2_000;

/** The last failed attempts that a parked record or dead letter keeps: the error rarely changes sooner, and a record may wait for weeks. */
export const NOTED_ATTEMPTS_MAX = 20;

/** Of each, so that a whole history stays below ten kilobytes; the last error is also kept in full. */
export const NOTED_ERROR_CHARACTERS_MAX = 400;

/**
 * Sent after a time-out, on another connection: a database that works answers in a millisecond, and one that takes so long for
 * this does no work for a handler either.
 */
export const DATABASE_PING_MS = 1_000;

/**
 * So many other keys of a handler that time out as well, lately and with none that succeeds, are no accident of one
 * record: something holds them all up.
 */
export const KEYS_FAILING_MIN = 3;
/** Twice the longest wait of a parked record, so that one which fails each time is seen each time. */
export const KEYS_FAILING_WINDOW_MS = 60_000;
export const KEYS_REMEMBERED_MAX = 100;

/**
 * A handler that has not ended by then has failed, unless it sets another bound. Ten times what a statement may take; longer
 * work, such as a mail server's, states its own bound.
 */
export const HANDLER_TIMEOUT_MS = 30_000;
/** What setTimeout can count: a longer time-out would be one of a millisecond. */
export const HANDLER_TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A handler of this age is worth a warning: a third of the time-out, and long beyond any healthy one. */
export const HANDLER_SLOW_MS = 10_000;
/** How late a time-out may be: handlers that are running are looked at so often. */
export const HANDLER_CHECK_MS = 100;

/**
 * For what a handler writes with its claim, its confirmation or its dead letter. Claims of other records share the
 * transaction, so this is shorter than a handler's time-out.
 */
export const HANDLER_WRITE_MS_MAX = 10_000;

/** Between the attempts of an outside effect of unknown outcome: a hiccup, a restart, an outage. */
export const RESEND_DELAY_MS = { first: 10_000, max: 600_000, factor: 6 } as const;

/**
 * How often an effect of unknown outcome is retried, unless its handler sets another bound. Each may be one more mail to
 * the same person; past it a person has to look.
 */
export const RESENDS_MAX = 3;

/**
 * A record that has waited so long in the database becomes a dead letter, whatever it waits for: an outage of its age is
 * none that ends by itself. It is what RFC 5321 §4.5.4.1 gives a mail.
 */
export const PARKED_AGE_MS_MAX = 5 * 24 * 60 * 60 * 1000;

/**
 * A record of a newer version than this service knows waits so long for a deployment, and then becomes a dead letter. Longer
 * than a weekend, in which few deploy; shorter than PARKED_AGE_MS_MAX, so that the reason is its own.
 */
export const UNKNOWN_VERSION_WAIT_MS_MAX = 3 * 24 * 60 * 60 * 1000;

/** Each may take as long as the call that timed out, and has a connection meanwhile. */
export const BATCHER_RETRIES_AT_ONCE_MAX = 4;

/**
 * For so long readiness warns of records that the broker deleted before they were read, so that it is still seen the next day. A
 * restart ends it sooner; the log line stays.
 */
export const RECORDS_SKIPPED_WARNED_MS = 24 * 60 * 60 * 1000;
export const SKIPPED_PARTITIONS_REMEMBERED_MAX = 20;

/** Fields of one event that are counted by name although its schema does not name them; a publisher that makes more makes them up. */
export const DRIFT_FIELDS_MAX = 50;
/** Of a field's path; the path becomes a label of a metric. */
export const DRIFT_FIELD_CHARACTERS_MAX = 100;

/** A scrape waits so long for the database, and then answers without what it did not get. Prometheus waits ten seconds by default. */
export const SCRAPE_TIMEOUT_MS = 1_000;
/** Scrapes of several Prometheus servers share a query; shorter than any interval between scrapes. */
export const SCRAPE_REUSED_MS = 1_000;
/**
 * How often the lag is read from the broker: some small requests of each instance. Fine enough for an alert and for an
 * autoscaler, which look every 15 seconds by default.
 */
export const LAG_SAMPLE_MS = 10_000;
/** Each of these requests is answered in milliseconds; a broker that needs longer is treated as unavailable. */
export const LAG_REQUEST_MS_MAX = 5_000;
/** The age of a backlog is known to this part of it: of ten hours, one. */
export const LAG_EXACT_WITHIN = 0.1;
/** Requests of one sample for the age of a topic's backlogs. Ten find the age of one, and the next sample continues. */
export const LAG_LOOKS_MAX = 30;
/** Of each partition, with which the age of a backlog is found without a request: a quarter of an hour of samples. */
export const LOG_ENDS_REMEMBERED_MAX = 100;
/** Each is two time series. Topics are made with some partitions each, so this is met only by a mistake; the smallest lags are left out. */
export const LAG_PARTITIONS_SHOWN_MAX = 1_000;
/** Names of events and topics come from code, so this is met only by a mistake. What comes after is counted under `_OTHER`. */
export const METRIC_LABEL_VALUES_MAX = 200;
/** From an empty handler to the longest time-outs. */
export const METRIC_DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

/** How often the event loop shows its watchdog that it runs. */
export const EVENT_LOOP_WATCH_MS = 250;
/** Longer than any pause of garbage collection or of a busy machine. */
export const EVENT_LOOP_BLOCKED_REPORT_MS = 5_000;
/**
 * By then its database session and its membership of the group are over (LEASE_MS, SESSION_TIMEOUT_MS), others have its
 * work, and three such times have passed: the process keeps nothing alive but itself.
 */
export const EVENT_LOOP_BLOCKED_END_MS = 30_000;
