/** A login that is refused. The message is sent to the client and logged: it contains no secret. */
export class AuthenticationError extends Error {
  override name = 'AuthenticationError';
  /** As the client sent it. */
  readonly user: string | undefined;

  constructor(message: string, user?: string) {
    super(message);
    this.user = user;
  }
}
