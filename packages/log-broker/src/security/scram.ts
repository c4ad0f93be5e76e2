import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from '../limits.ts';

// SCRAM (RFC 5802, RFC 7677): what is stored proves a password, and neither contains it nor is enough to log in.

const derive = promisify(pbkdf2);

/** By Kafka's names, with the hash of each and its number in requests. */
export const SCRAM_MECHANISMS = {
  'SCRAM-SHA-256': { hash: 'sha256', bytes: 32, code: 1 },
  'SCRAM-SHA-512': { hash: 'sha512', bytes: 64, code: 2 },
} as const;

export type ScramMechanism = keyof typeof SCRAM_MECHANISMS;

/** What is stored of a password for one mechanism. */
export interface ScramCredential {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export async function createCredential(mechanism: ScramMechanism, password: string): Promise<ScramCredential> {
  const salt = randomBytes(SCRAM_SALT_BYTES);
  const saltedPassword = await saltPassword(mechanism, password, { salt, iterations: SCRAM_ITERATIONS });
  return credentialOf(mechanism, saltedPassword, { salt, iterations: SCRAM_ITERATIONS });
}

/** From what a client has salted and iterated itself. */
export function credentialOf(
  mechanism: ScramMechanism,
  saltedPassword: Buffer,
  { salt, iterations }: Pick<ScramCredential, 'salt' | 'iterations'>,
): ScramCredential {
  const storedKey = digest(mechanism, hmac(mechanism, saltedPassword, 'Client Key'));
  return { salt, iterations, storedKey, serverKey: hmac(mechanism, saltedPassword, 'Server Key') };
}

/** Takes milliseconds in a thread of Node's pool. */
export async function isPasswordOf(mechanism: ScramMechanism, credential: ScramCredential, password: string) {
  const { storedKey } = credentialOf(mechanism, await saltPassword(mechanism, password, credential), credential);
  return timingSafeEqual(storedKey, credential.storedKey);
}

/** Whether the proof was made with the password, for the messages of this exchange. */
export function isProofOf(mechanism: ScramMechanism, credential: ScramCredential, messages: string, proof: Buffer) {
  const signature = hmac(mechanism, credential.storedKey, messages);
  if (proof.length !== signature.length) return false;
  const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] as number)));
  return timingSafeEqual(digest(mechanism, clientKey), credential.storedKey);
}

/** By which the client knows that the server has the credential. */
export function serverSignature(mechanism: ScramMechanism, { serverKey }: ScramCredential, messages: string): Buffer {
  return hmac(mechanism, serverKey, messages);
}

export function hmac(mechanism: ScramMechanism, key: Buffer, text: string): Buffer {
  return createHmac(SCRAM_MECHANISMS[mechanism].hash, key).update(text).digest();
}

function digest(mechanism: ScramMechanism, bytes: Buffer): Buffer {
  return createHash(SCRAM_MECHANISMS[mechanism].hash).update(bytes).digest();
}

function saltPassword(
  mechanism: ScramMechanism,
  password: string,
  { salt, iterations }: Pick<ScramCredential, 'salt' | 'iterations'>,
): Promise<Buffer> {
  const { hash, bytes } = SCRAM_MECHANISMS[mechanism];
  return derive(password, salt, iterations, bytes, hash);
}
