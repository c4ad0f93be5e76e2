import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Parts of a name by their last number below 2.5.4. */
const NAME_PARTS = { CN: 3, C: 6, L: 7, O: 10, OU: 11 } as const;

/** As a TLS server wants them. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** Until it expires; may be negative. */
  readonly days?: number;
  /** From the outermost part to the innermost, such as `{ C: 'KR', O: 'shop', CN: 'orders' }`. */
  readonly subject?: Subject;
  /** Who signs it. Without one it is its own authority: a client that trusts it trusts the server, and it can sign others. */
  readonly authority?: Certificate;
}

export type Subject = Readonly<Partial<Record<keyof typeof NAME_PARTS, string>>>;

/**
 * A certificate for localhost and 127.0.0.1, valid from the day before yesterday on. Node reads certificates and makes
 * none; selfsigned would bring two libraries for X.509 and ASN.1 with a dozen packages of theirs.
 */
export function createCertificate({
  days = 1,
  subject = { CN: 'test' },
  authority,
}: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = nameOf(subject);
  const hosts = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)));
  const extensions = [sequence(SUBJECT_ALTERNATIVE_NAME, tagged(0x04, hosts))];
  if (authority === undefined) extensions.push(sequence(BASIC_CONSTRAINTS, tagged(0x04, sequence(TRUE))));
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    sequence(ECDSA_WITH_SHA256),
    authority === undefined ? name : nameOf(subjectOf(authority)),
    sequence(time(Date.now() - 2 * DAY_MS), time(Date.now() + days * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, authority?.key ?? privateKey);
  const certificate = sequence(toBeSigned, sequence(ECDSA_WITH_SHA256), tagged(0x03, Buffer.of(0), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function nameOf(subject: Subject): Buffer {
  const parts = Object.entries(subject) as [keyof typeof NAME_PARTS, string][];
  return sequence(
    ...parts.map(([part, text]) =>
      tagged(0x31, sequence(oid(2, 5, 4, NAME_PARTS[part]), tagged(0x0c, Buffer.from(text)))),
    ),
  );
}

/** Of a certificate that was made here. */
function subjectOf({ cert }: Certificate): Subject {
  const parts = new X509Certificate(cert).subject.split('\n').map((part) => part.split('='));
  return Object.fromEntries(parts) as Subject;
}

// DER, as far as a certificate needs it: a tag, a length, and what it holds (ITU-T X.690).

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

/** UTCTime: YYMMDDHHMMSSZ. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/[^0-9]/g, '');
  return tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const bytes = rest.flatMap((number) => {
    const sevens = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) sevens.unshift((left & 0x7f) | 0x80);
    return sevens;
  });
  return tagged(0x06, Buffer.of(first * 40 + second, ...bytes));
}

const ECDSA_WITH_SHA256 = oid(1, 2, 840, 10045, 4, 3, 2);
const SUBJECT_ALTERNATIVE_NAME = oid(2, 5, 29, 17);
const BASIC_CONSTRAINTS = oid(2, 5, 29, 19);
const TRUE = tagged(0x01, Buffer.of(0xff));
