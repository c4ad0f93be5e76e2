import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from '../config.ts';

/** The content of a listener's TLS files, checked. */
export interface LoadedTls {
  readonly context: SecureContextOptions;
  readonly subject: string;
  readonly validTo: Date;
  /** Differs when one of the files has changed. */
  readonly fingerprint: string;
}

/** @throws {Error} that names the file that cannot be read, or says why certificate and key cannot be used */
export function loadTlsFiles({ certFile, keyFile, caFile }: TlsFiles): LoadedTls {
  const cert = readFileSync(certFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const context = { cert, key, ...(ca !== undefined && { ca }) };
  try {
    // Also checks that the key belongs to the certificate.
    createSecureContext(context);
    const { subject, validTo } = new X509Certificate(cert);
    return { context, subject: subjectName(subject), validTo: new Date(validTo), fingerprint: JSON.stringify(context) };
  } catch (error) {
    const files = [certFile, keyFile, caFile].filter((file) => file !== undefined);
    throw new Error(`TLS files ${files.join(', ')}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The name of a certificate's subject as Kafka has it (RFC 2253): the last part first, `CN=orders,OU=shop,C=KR`. OpenSSL has
 * a line for each part, in the order of the certificate, with the escapes of that RFC.
 */
export function subjectName(lines: string): string {
  return lines.split('\n').toReversed().join(',').replaceAll(' + ', '+');
}
