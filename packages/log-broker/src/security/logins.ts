import { randomBytes } from 'node:crypto';
import { PASSWORD_CHECKS_AT_ONCE_MAX, SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from '../limits.ts';
import { AuthenticationError } from './authentication-error.ts';
import { createCredential, hmac, isPasswordOf, SCRAM_MECHANISMS } from './scram.ts';
import type { ScramCredential, ScramMechanism } from './scram.ts';
import { mechanismsOf } from './user-store.ts';
import type { UserStore } from './user-store.ts';

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Checks passwords against the stored users, for all connections. */
export class Logins {
  readonly users: UserStore;
  readonly mechanisms: readonly SaslMechanism[];
  /** From which the salts of users that do not exist are made: the same for the same name. */
  private readonly secret = randomBytes(SCRAM_SALT_BYTES);
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(users: UserStore, mechanisms: readonly SaslMechanism[]) {
    this.users = users;
    this.mechanisms = mechanisms;
  }

  /** Stores a new user, or a new password, for all mechanisms. */
  async setPassword(name: string, password: string): Promise<void> {
    if (password === '') throw new Error(`the password of '${name}' is empty`);
    const [first, second] = await Promise.all([
      createCredential('SCRAM-SHA-256', password),
      createCredential('SCRAM-SHA-512', password),
    ]);
    this.users.replace(name, { 'SCRAM-SHA-256': first, 'SCRAM-SHA-512': second });
  }

  /** For a user that does not exist: a credential that no password matches. */
  credentialOf(mechanism: ScramMechanism, user: string): ScramCredential {
    const known = this.users.credentials(user)[mechanism];
    if (known) return known;
    const { bytes } = SCRAM_MECHANISMS[mechanism];
    const salt = hmac(mechanism, this.secret, user).subarray(0, SCRAM_SALT_BYTES);
    return { salt, iterations: SCRAM_ITERATIONS, storedKey: randomBytes(bytes), serverKey: randomBytes(bytes) };
  }

  /**
   * PLAIN (RFC 4616). The password is checked against what is stored for SCRAM.
   *
   * @returns the user @throws {AuthenticationError}
   */
  async checkPlain(message: Buffer): Promise<string> {
    const parts = message.toString('utf8').split('\0');
    const [authorizationId, user = '', password = ''] = parts;
    if (parts.length !== 3) throw new AuthenticationError('Invalid SASL/PLAIN response: expected 3 tokens');
    if (user === '') throw new AuthenticationError('Authentication failed: username not specified');
    if (password === '') throw new AuthenticationError('Authentication failed: password not specified', user);
    const [mechanism = 'SCRAM-SHA-512'] = mechanismsOf(this.users.credentials(user)).toReversed();
    if (!(await this.inTurn(() => isPasswordOf(mechanism, this.credentialOf(mechanism, user), password)))) {
      throw new AuthenticationError('Authentication failed: Invalid username or password', user);
    }
    if (authorizationId !== '' && authorizationId !== user) {
      throw new AuthenticationError(
        'Authentication failed: Client requested an authorization id that is different from username',
        user,
      );
    }
    return user;
  }

  /** The threads that check passwords are those that sync files. */
  private async inTurn<Result>(check: () => Promise<Result>): Promise<Result> {
    if (this.running >= PASSWORD_CHECKS_AT_ONCE_MAX) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await check();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
