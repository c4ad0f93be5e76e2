import { X509Certificate } from 'node:crypto';
import { createCertificate } from '@event-bus/test-kit/certificate';
import { expect, it } from 'vitest';
import { subjectName } from './tls-files.ts';

it.each([
  [{ CN: 'orders' }, 'CN=orders'],
  [{ C: 'KR', O: 'shop', OU: 'back office', CN: 'orders' }, 'CN=orders,OU=back office,O=shop,C=KR'],
  [{ O: 'Kim, Lee + Park', CN: '주문' }, 'CN=주문,O=Kim\\, Lee \\+ Park'],
])('the subject %o of a certificate is named %s, as by Kafka', (subject, name) => {
  const { cert } = createCertificate({ subject });
  expect(subjectName(new X509Certificate(cert).subject)).toBe(name);
});
