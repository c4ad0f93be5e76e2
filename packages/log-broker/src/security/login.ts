import { setTimeout as delay } from 'node:timers/promises';
import { FAILED_LOGIN_DELAY_MS } from '../limits.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { AuthenticationError } from './authentication-error.ts';
import type { Logins, SaslMechanism } from './logins.ts';
import { ScramExchange } from './scram-exchange.ts';

type Phase = 'no mechanism' | 'exchange' | 'authenticated' | 'failed';

export interface LoginEvents {
  /** Called after each successful login. */
  readonly onSuccess: () => void;
  readonly onFailure: (mechanism: string, error: AuthenticationError) => void;
}

/** The login of one connection to a SASL listener. A client may log in again on the same connection, as the same user. */
export class Login {
  private readonly logins: Logins;
  private readonly events: LoginEvents;
  private phase: Phase = 'no mechanism';
  private mechanism: SaslMechanism = 'PLAIN';
  private scram: ScramExchange | undefined;
  private user: string | undefined;
  /** Before version 1 of SaslHandshake, the messages of the mechanism follow without the frame of a request. */
  private isUnframed = false;

  constructor(logins: Logins, events: LoginEvents) {
    this.logins = logins;
    this.events = events;
  }

  get principal(): string | undefined {
    return this.user === undefined ? undefined : `User:${this.user}`;
  }

  get isAuthenticated(): boolean {
    return this.phase === 'authenticated';
  }

  /** The connection is closed once the answer is sent. */
  get hasFailed(): boolean {
    return this.phase === 'failed';
  }

  get isInExchange(): boolean {
    return this.phase === 'exchange';
  }

  /** The next bytes are a message of the mechanism, not a request. */
  get expectsUnframedMessage(): boolean {
    return this.phase === 'exchange' && this.isUnframed;
  }

  get mechanisms(): readonly string[] {
    return this.logins.mechanisms;
  }

  /** Chooses the mechanism. Returns the error code for the answer. */
  begin(mechanism: string, isUnframed: boolean): number {
    const known = this.logins.mechanisms.find((each) => each === mechanism);
    if (!known) {
      this.phase = 'failed';
      this.events.onFailure('unknown', new AuthenticationError('the mechanism is not offered'));
      return ErrorCode.UNSUPPORTED_SASL_MECHANISM;
    }
    this.phase = 'exchange';
    this.mechanism = known;
    this.isUnframed = isUnframed;
    this.scram =
      known === 'PLAIN' ? undefined : new ScramExchange(known, (user) => this.logins.credentialOf(known, user));
    return ErrorCode.NONE;
  }

  /** The answer to the next message of the mechanism. A failure is reported late, as in Kafka. @throws {AuthenticationError} */
  async next(message: Buffer): Promise<Buffer> {
    try {
      if (!this.scram) {
        this.succeed(await this.logins.checkPlain(message));
        return Buffer.alloc(0);
      }
      const { answer, user } = this.scram.next(message);
      if (user !== undefined) this.succeed(user);
      return answer;
    } catch (error) {
      this.phase = 'failed';
      if (!(error instanceof AuthenticationError)) throw error;
      this.events.onFailure(this.mechanism, error);
      await delay(FAILED_LOGIN_DELAY_MS, undefined, { ref: false });
      throw error;
    }
  }

  private succeed(user: string): void {
    if (this.user !== undefined && this.user !== user) {
      throw new AuthenticationError('Cannot change principals during re-authentication', user);
    }
    this.user = user;
    this.phase = 'authenticated';
    this.events.onSuccess();
  }
}
