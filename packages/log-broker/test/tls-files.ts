import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '@event-bus/test-kit/certificate';
import type { TlsFiles } from '../src/config.ts';

/** Writes a certificate and its key, and the authority of client certificates, as a broker reads them. */
export function writeTlsFiles(folder: string, { cert, key }: Certificate, clientAuthority?: Certificate): TlsFiles {
  const [certFile, keyFile, caFile] = ['server.crt', 'server.key', 'ca.crt'].map((name) => join(folder, name));
  writeFileSync(keyFile!, key);
  writeFileSync(certFile!, cert);
  if (clientAuthority) writeFileSync(caFile!, clientAuthority.cert);
  return { certFile: certFile!, keyFile: keyFile!, ...(clientAuthority && { caFile: caFile! }) };
}
