import { decodeValue } from '../../envelope/decode-record.ts';
import { MessagingError } from '../../errors.ts';
import { readVersion } from '../../event-definition.ts';
import type { ReadPayload } from '../../event-definition.ts';
import type { PayloadDrift } from '../../observe/payload-drift.ts';
import type { Delivery } from '../delivery.ts';
import { GivenUp } from '../given-up.ts';
import { identify } from '../identify.ts';
import type { Handlers } from '../identify.ts';
import { IGNORED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Next, Stage } from '../stage.ts';
import { isReadBy } from '../versions.ts';

/**
 * From bytes to headers, handler and payload. What cannot be read is given up at once: no attempt will make it readable. Only
 * a version that is newer than this service knows may become readable, by a deployment.
 */
export class Decode implements Stage {
  readonly #handlers: Handlers;
  readonly #forget: (delivery: Delivery) => Promise<void>;
  readonly #drift: PayloadDrift;

  /** `forget`: takes a record without a handler from where it is parked. */
  constructor(handlers: Handlers, drift: PayloadDrift, forget: (delivery: Delivery) => Promise<void>) {
    this.#handlers = handlers;
    this.#drift = drift;
    this.#forget = forget;
  }

  run(delivery: Delivery, next: Next): Outcome | Promise<Outcome> {
    const isOurs = this.read(delivery);
    if (isOurs === true) return next(delivery);
    return this.#whenRead(isOurs, delivery, next);
  }

  async #whenRead(isOurs: false | Promise<boolean>, delivery: Delivery, next: Next): Promise<Outcome> {
    if (await isOurs) return next(delivery);
    // A topic carries more events than every subscriber consumes.
    if (delivery.parked !== undefined) await this.#forget(delivery);
    return IGNORED;
  }

  /**
   * Sets headers, handler and payload.
   * @returns false when no handler of this service consumes the event, or when it also comes in a version that the handler reads
   * @throws GivenUp; MessagingError EVENT_VERSION_UNKNOWN for a newer version
   */
  read(delivery: Delivery): boolean | Promise<boolean> {
    identify(delivery, this.#handlers, (error) => {
      throw new GivenUp('undecodable', error);
    });
    const { handler, headers, message } = delivery;
    if (handler === undefined) return false;
    const { version } = headers!;
    if (!isReadBy(handler.event, delivery)) return false;
    let value: unknown;
    try {
      value = decodeValue(message.value);
    } catch (error) {
      throw new GivenUp('undecodable', error as Error);
    }
    const read = readVersion(handler.event, version, value);
    return read instanceof Promise
      ? read.then((one) => this.#accept(delivery, value, one))
      : this.#accept(delivery, value, read);
  }

  #accept(delivery: Delivery, value: unknown, read: ReadPayload<unknown>): true {
    if ('problems' in read) {
      throw new GivenUp('invalid', new MessagingError('PAYLOAD_INVALID', read.problems.join('; ')));
    }
    delivery.payload = read.payload;
    const { headers, handler, attempts } = delivery;
    const isOwnVersion = headers!.version === handler!.event.version;
    // An upcast makes another payload of it, and a later attempt would count it again.
    if (isOwnVersion && attempts === 1) this.#drift.look(headers!.name, headers!.version, value, read.payload);
    return true;
  }
}
