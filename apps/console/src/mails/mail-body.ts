import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { MailDetail } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { fetchJson } from '../sources/fetch-json.ts';

const stored = z.object({
  id: z.string(),
  html: z.string().nullish(),
  text: z.string().nullish(),
  headers: z.record(z.string(), z.unknown()).nullish(),
});

/** Bodies are not kept by the services; where MailDev receives the mails, it has them. */
@Injectable()
export class MailBody {
  readonly #address: string | undefined;

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#address = config.MAILDEV_URL;
  }

  /** Null: no MailDev, or it does not have the mail, or it does not answer. The ledger is shown without it. */
  async find(messageId: string): Promise<MailDetail['body']> {
    if (this.#address === undefined) return null;
    const query = new URLSearchParams({ 'headers.message-id': messageId, sort: 'desc', limit: '1' });
    const source = { name: 'MailDev', address: this.#address, setting: 'MAILDEV_URL' };
    try {
      const [mail] = z.array(stored).parse(await fetchJson(source, `/api/email?${query.toString()}`));
      if (mail === undefined) return null;
      return {
        html: mail.html || null,
        text: mail.text || null,
        headers: Object.entries(mail.headers ?? {}).map(([name, value]) => ({ name, value: textOf(value) })),
        address: `${this.#address}/#/email/${encodeURIComponent(mail.id)}`,
      };
    } catch {
      return null;
    }
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { text } = (value ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : JSON.stringify(value);
}
