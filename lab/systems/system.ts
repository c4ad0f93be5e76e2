/** One message. Systems without keys ignore the key or use it for their own form of a group. */
export interface Message {
  readonly key: string | undefined;
  readonly body: string;
  /** Above those of earlier messages. What comes with one that was there is dropped by SQS FIFO and by a Redis stream. */
  readonly id?: number;
}

export interface Received {
  readonly body: string;
  /** Partition, where the system has some. */
  readonly partition?: number;
  /** Where it is kept, for `from`: an offset, or the id of an entry. */
  readonly place?: string;
  /** How often it was delivered so far, this time included, where the system counts. */
  readonly deliveries?: number;
}

/** `done` acknowledges, `again` gives it back, `reject` refuses it for good. */
export type Settlement = 'done' | 'again' | 'reject';

export interface QueueOptions {
  /** Kafka only. */
  readonly partitions?: number;
  /** The order of a key is kept, where the system has a form for this: SQS FIFO. */
  readonly ordered?: boolean;
  /** What is acknowledged stays, where that has to be said: RabbitMQ, a stream queue. */
  readonly keeps?: boolean;
  /** After so many deliveries a message goes to a dead-letter queue, where the broker does that. */
  readonly deadLetterAfter?: number;
}

/**
 * Where a group begins, in systems that keep messages: at the first one, at what comes next, at one that was received (in a queue
 * with one partition), or at a time in milliseconds since 1970.
 */
export type Start = 'first' | 'next' | { readonly place: string } | { readonly time: number };

export interface ConsumeOptions {
  /** When it is acknowledged: before the handler begins, or after it ended. */
  readonly acknowledge: 'before' | 'after';
  /**
   * So many messages are acknowledged together, when the last of them is handled; SQS takes 10 at most. For one message at a time.
   * What is left of a batch when the consumer stops is delivered again.
   */
  readonly together?: number;
  /** How many messages a consumer handles at the same time. */
  readonly atOnce?: number;
  /** How many the broker hands out ahead, where that can be set; by default `atOnce`. */
  readonly prefetch?: number;
  /** The same in bytes: Kafka. By default 1 MiB, as in its clients. */
  readonly prefetchBytes?: number;
  /** Readers of one group share the messages. Only systems that keep messages have several groups. */
  readonly group?: string;
  /** For a new group. A place or a time also moves a group that was there before. */
  readonly from?: Start;
  /** Redis: whether it takes over what other consumers of the group did not acknowledge. */
  readonly claims?: boolean;
}

export type Handler = (message: Received) => Promise<Settlement>;

export interface Consumer {
  /** Ends in order: what is being handled is finished first. */
  stop(): Promise<void>;
}

/** A queue, topic or stream, whatever the system calls it. */
export interface Queue {
  readonly name: string;
  /** Resolves when the system has confirmed all of them. They are sent in this order. */
  send(messages: readonly Message[]): Promise<void>;
  /** Resolves when it receives. */
  consume(options: ConsumeOptions, handler: Handler): Promise<Consumer>;
  /** How many messages are in its dead-letter queue; undefined where there is none. */
  deadLetters(): Promise<number | undefined>;
}

/** More than any system hands out ahead: no limit, where there can be none. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** What a broker takes, as far as it is known. */
export interface Usage {
  readonly memoryMb?: number;
  readonly diskMb?: number;
}

/** Another `host:port` to connect to instead of a broker's own. */
export type Through = (place: string) => Promise<string>;

export interface Client {
  /** Of the broker, as it reports it. */
  readonly version: string;
  create(options?: QueueOptions): Promise<Queue>;
  /** One that another client created. */
  open(name: string, options?: QueueOptions): Queue;
  /** What the broker takes, where it counts that itself. */
  usage?(): Promise<Usage>;
  /** Deletes what it created, then closes its connections. */
  close(): Promise<void>;
}
