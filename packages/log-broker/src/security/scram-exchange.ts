import { randomBytes } from 'node:crypto';
import { AuthenticationError } from './authentication-error.ts';
import { isProofOf, serverSignature } from './scram.ts';
import type { ScramCredential, ScramMechanism } from './scram.ts';

const NONCE_BYTES = 18;

/** The server's side of one SCRAM login (RFC 5802, 5.1): two messages of the client, two answers. */
export class ScramExchange {
  private readonly mechanism: ScramMechanism;
  private readonly credentialOf: (user: string) => ScramCredential;
  /** After the first message. */
  private begun:
    | { user: string; credential: ScramCredential; gs2Header: string; nonce: string; messages: string }
    | undefined;

  /** `credentialOf` returns a credential for users that do not exist, too, so that the answers do not show who exists. */
  constructor(mechanism: ScramMechanism, credentialOf: (user: string) => ScramCredential) {
    this.mechanism = mechanism;
    this.credentialOf = credentialOf;
  }

  /** @throws {AuthenticationError} for a message that is not valid, or a wrong password */
  next(message: Buffer): { readonly answer: Buffer; readonly user: string | undefined } {
    const text = message.toString('utf8');
    return this.begun ? this.finish(text) : { answer: this.begin(text), user: undefined };
  }

  private begin(text: string): Buffer {
    const match = /^([ny],(?:a=([^,]*))?,)(n=([^,]+),r=([^,]+)((?:,[^,]+)*))$/s.exec(text);
    if (!match) throw this.invalid('Invalid SCRAM client first message format');
    const [, gs2Header = '', authorizationId = '', bare = '', name = '', clientNonce = '', extensions = ''] = match;
    if (/(^|,)tokenauth=true/.test(extensions)) throw this.invalid('delegation tokens are not supported');
    const user = decodeName(name);
    if (authorizationId !== '' && decodeName(authorizationId) !== user) {
      throw this.invalid('Client requested an authorization id that is different from username');
    }
    const credential = this.credentialOf(user);
    const nonce = clientNonce + randomBytes(NONCE_BYTES).toString('base64url');
    const answer = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
    this.begun = { user, credential, gs2Header, nonce, messages: `${bare},${answer}` };
    return Buffer.from(answer);
  }

  private finish(text: string): { answer: Buffer; user: string } {
    const { user, credential, gs2Header, nonce, messages } = this.begun!;
    const match = /^(c=([^,]+),r=([^,]+)(?:,[^,]+)*?),p=([^,]+)$/s.exec(text);
    if (!match) throw this.invalid('Invalid SCRAM client final message format');
    const [, withoutProof, binding = '', echoed, proof = ''] = match;
    // The channel is not bound to the login; the header must be the one that the exchange began with.
    if (echoed !== nonce || Buffer.from(binding, 'base64').toString('utf8') !== gs2Header) {
      throw this.invalid('Invalid client nonce in the final client message');
    }
    const signed = `${messages},${withoutProof}`;
    if (!isProofOf(this.mechanism, credential, signed, Buffer.from(proof, 'base64'))) {
      throw new AuthenticationError(
        `Authentication failed during authentication due to invalid credentials with SASL mechanism ${this.mechanism}`,
        user,
      );
    }
    const signature = serverSignature(this.mechanism, credential, signed);
    return { answer: Buffer.from(`v=${signature.toString('base64')}`), user };
  }

  private invalid(reason: string): AuthenticationError {
    return new AuthenticationError(
      `Authentication failed with SASL mechanism ${this.mechanism}: ${reason}`,
      this.begun?.user,
    );
  }
}

/** Commas and equal signs of a name are written as `=2C` and `=3D`. */
function decodeName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
