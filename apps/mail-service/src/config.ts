import { trustedAuthorities } from '@event-bus/messaging-client';
import { emailAddress, serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';
import { z } from 'zod';
import type { Mailbox } from './smtp/mailer.ts';

/** `no-reply@example.com`, or with a name: `Shop <no-reply@example.com>`. */
const mailboxSchema = z.string().transform((text, refinement): Mailbox => {
  const [, name, inBrackets] = /^\s*"?([^<>"\r\n]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  const address = emailAddress.safeParse(inBrackets ?? text);
  if (!address.success) {
    refinement.addIssue({ code: 'custom', message: 'must be an address, or a name and an address in <>' });
    return z.NEVER;
  }
  return name ? { name, address: address.data } : { address: address.data };
});

export const env = serviceConfig({
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).meta({
    description:
      'The mail server: smtp[s]://[user:password@]host[:port]. Options of nodemailer may be appended, such as ?requireTLS=true&maxConnections=20.',
    example: 'smtp://127.0.0.1:1025',
  }),
  SMTP_SSL_CA: trustedAuthorities.optional().meta({
    description:
      'PEM file with the certificate authority of the mail server, or "system". Mails are then sent over TLS only: from the start with smtps://, after STARTTLS with smtp://.',
    example: '/run/secrets/ca.crt',
  }),
  MAIL_FROM: mailboxSchema.meta({
    description: 'Sender of the mails. Its domain is also the domain of every Message-ID.',
    example: 'Event Bus <no-reply@example.com>',
  }),
});

export type Config = ConfigOf<typeof env>;
