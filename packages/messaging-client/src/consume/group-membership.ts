import { Backoff } from '../backoff.ts';
import type {
  GroupListener,
  GroupMember,
  KafkaClient,
  PartitionPlace,
  RecordBatch,
  SkippedOffsets,
} from '../kafka/driver.ts';
import { formatDuration } from '../format-duration.ts';
import {
  CONSUMER_REPLACED_AFTER_MS,
  CONSUMER_SILENT_AFTER_MS,
  CONSUMER_WATCH_MS,
  RECONNECT_DELAY_MS,
} from '../limits.ts';

export type MembershipState = 'connecting' | 'running' | 'rebalancing' | 'silent' | 'crashed' | 'stopped';

export interface MembershipListener {
  /** Before the group is joined: whatever subscribing needs, such as the topics. When it rejects, it is attempted again. */
  prepare(): Promise<void>;
  /** Records of one partition, in order. Must not wait for their handling. */
  received(batch: RecordBatch): void;
  /** The broker deleted records before they were read. */
  skipped(offsets: SkippedOffsets): void;
  /** Whether more may be received; when not, it waits at most so many milliseconds for it. */
  hasRoom(millisecondsMax: number): Promise<boolean>;
  /** `kept`: the same member as before, so records in flight of partitions that stay are still ours. */
  assigned(partitions: readonly PartitionPlace[], kept: boolean): void;
  changed(state: MembershipState, detail: string | undefined): void;
}

/**
 * Membership of one consumer group for as long as the service runs.
 *
 * A client library stops for good after an error it deems final, and restarts by itself after others; here every end, and
 * also silence, is reported and leads to a new member after a pause.
 */
export class GroupMembership {
  readonly #kafka: KafkaClient;
  readonly #groupId: string;
  readonly #topics: readonly string[];
  readonly #listener: MembershipListener;
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  #member: GroupMember | undefined;
  #memberId: string | undefined;
  #state: MembershipState = 'stopped';
  #stopped = true;
  #lastSignAt = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(kafka: KafkaClient, groupId: string, topics: readonly string[], listener: MembershipListener) {
    this.#kafka = kafka;
    this.#groupId = groupId;
    this.#topics = topics;
    this.#listener = listener;
  }

  get state(): MembershipState {
    return this.#state;
  }

  start(): void {
    this.#stopped = false;
    this.#watchdog = setInterval(() => this.#watch(), CONSUMER_WATCH_MS);
    void this.#join();
  }

  /** Leaves the group, so that the others need not wait for the session to run out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    await this.#drop();
    this.#change('stopped');
  }

  /** @throws when the group is rebalancing or the broker is unavailable; the same offsets may be committed again later */
  async commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void> {
    if (this.#state !== 'running' || this.#member === undefined) throw new Error('not a member of the group now');
    await this.#member.commit(offsets);
  }

  async #join(): Promise<void> {
    this.#change('connecting');
    let member: GroupMember | undefined;
    try {
      await this.#listener.prepare();
      if (this.#stopped) return;
      member = this.#kafka.groupMember(
        this.#groupId,
        this.#topics,
        this.#listenerWhile(() => this.#member === member),
      );
      this.#member = member;
      await member.join();
    } catch (error) {
      // One that was dropped while it joined has been replaced already.
      if (this.#member === member) this.#joinLater((error as Error).message);
    }
  }

  /** Ignores what a member reports after it was dropped. */
  #listenerWhile(isCurrent: () => boolean): GroupListener {
    const ifCurrent =
      <Values extends unknown[]>(react: (...values: Values) => void) =>
      (...values: Values): void => {
        if (isCurrent()) react(...values);
      };
    return {
      joined: ifCurrent((memberId, partitions) => this.#joined(memberId, partitions)),
      rebalancing: ifCurrent(() => this.#change('rebalancing')),
      alive: ifCurrent(() => this.#sign()),
      received: ifCurrent((batch) => this.#listener.received(batch)),
      skipped: ifCurrent((offsets) => this.#listener.skipped(offsets)),
      hasRoom: async (millisecondsMax) => this.#listener.hasRoom(millisecondsMax),
      failed: ifCurrent((error) => this.#joinLater(error.message)),
    };
  }

  #joined(memberId: string, partitions: readonly PartitionPlace[]): void {
    const kept = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#backoff.reset();
    this.#sign();
    this.#listener.assigned(partitions, kept);
    this.#change('running');
  }

  #sign(): void {
    this.#lastSignAt = performance.now();
    if (this.#state === 'silent') this.#change('running');
  }

  #watch(): void {
    const silentMs = performance.now() - this.#lastSignAt;
    if (this.#state === 'running' && silentMs > CONSUMER_SILENT_AFTER_MS) {
      this.#change('silent', `the broker has not answered for ${formatDuration(CONSUMER_SILENT_AFTER_MS)}`);
    }
    if ((this.#state === 'silent' || this.#state === 'rebalancing') && silentMs > CONSUMER_REPLACED_AFTER_MS) {
      this.#joinLater(`no heartbeat for ${CONSUMER_REPLACED_AFTER_MS} ms`);
    }
  }

  #joinLater(detail: string): void {
    if (this.#stopped) return;
    this.#change('crashed', detail);
    void this.#drop();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#join(), this.#backoff.nextMs());
  }

  async #drop(): Promise<void> {
    const member = this.#member;
    this.#member = undefined;
    this.#memberId = undefined;
    await member?.leave().catch(() => undefined);
  }

  #change(state: MembershipState, detail?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.changed(state, detail);
  }
}
