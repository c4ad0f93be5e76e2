import { SaslAuthenticate } from '../src/wire/generated/sasl-authenticate.ts';
import { SaslHandshake } from '../src/wire/generated/sasl-handshake.ts';
import type { WireClient } from './wire-client.ts';

export function plainMessage(user: string, password: string, authorizationId = ''): Buffer {
  return Buffer.from([authorizationId, user, password].join('\0'));
}

/** Logs in by PLAIN, and returns the answer to the password. */
export async function logIn(client: WireClient, user: string, password: string) {
  const { errorCode } = await client.send(SaslHandshake, 1, { mechanism: 'PLAIN' });
  if (errorCode !== 0) throw new Error(`handshake: ${errorCode}`);
  return client.send(SaslAuthenticate, 2, { authBytes: plainMessage(user, password) });
}
