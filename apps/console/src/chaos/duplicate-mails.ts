import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { RECEIVED_EVERY_MS, RECEIVED_KEPT_MAX, RECEIVED_PAGES_MAX, RECEIVED_PAGE_MAILS } from '../limits.ts';
import { fetchJson } from '../sources/fetch-json.ts';
import { LedgerSource } from '../sources/ledger-source.ts';
import { atMostEvery } from './at-most-every.ts';

const received = z.array(z.object({ id: z.string(), headers: z.record(z.string(), z.unknown()).nullish() }));

export interface DuplicatesSeen {
  /** Mails that the mail server has more than once, by their Message-ID. */
  readonly duplicates: number;
  /** Events of those that the ledger does not have as ambiguous. */
  readonly unexplained: readonly string[];
}

/** The mail server is where a mail has arrived twice; the ledger says whether that was to be expected. */
@Injectable()
export class DuplicateMails {
  readonly #address: string | undefined;
  readonly #ledger: LedgerSource;
  /** Ids that the mail server has given, by Message-ID; the oldest first. */
  readonly #received = new Map<string, Set<string>>();
  readonly #explained = new Set<string>();
  /** undefined: the mail server or the ledger does not answer, or there is no MailDev. */
  readonly read = atMostEvery(RECEIVED_EVERY_MS, async () => this.#read());

  constructor(@Inject(CONFIG) config: ConsoleConfig, ledger: LedgerSource) {
    this.#address = config.MAILDEV_URL;
    this.#ledger = ledger;
  }

  async #read(): Promise<DuplicatesSeen | undefined> {
    if (this.#address === undefined) return undefined;
    await this.#readReceived(this.#address);
    const duplicates = [...this.#received].filter(([, ids]) => ids.size > 1).map(([messageId]) => messageId);
    const unexplained: string[] = [];
    for (const messageId of duplicates) {
      if (this.#explained.has(messageId)) continue;
      const eventId = MESSAGE_ID.exec(messageId)![1]!;
      const mails = await this.#ledger.read({ eventId });
      if (mails.some((mail) => mail.messageId === messageId && mail.ambiguous)) this.#explained.add(messageId);
      else unexplained.push(eventId);
    }
    return { duplicates: duplicates.length, unexplained };
  }

  /** The newest first, until one is known. */
  async #readReceived(address: string): Promise<void> {
    const source = { name: 'MailDev', address, setting: 'MAILDEV_URL' };
    for (let page = 0; page < RECEIVED_PAGES_MAX; page += 1) {
      const path = `/api/email?sort=desc&skip=${page * RECEIVED_PAGE_MAILS}&limit=${RECEIVED_PAGE_MAILS}`;
      const mails = received.parse(await fetchJson(source, path));
      const areNew = mails.map(({ id, headers }) => this.#keep(id, headers?.['message-id']));
      if (mails.length < RECEIVED_PAGE_MAILS || areNew.includes(false)) return;
    }
  }

  #keep(id: string, messageId: unknown): boolean {
    // Of another sender.
    if (typeof messageId !== 'string' || !MESSAGE_ID.test(messageId)) return true;
    const ids = this.#received.get(messageId) ?? new Set();
    if (ids.has(id)) return false;
    ids.add(id);
    this.#received.set(messageId, ids);
    for (const oldest of this.#received.keys()) {
      if (this.#received.size <= RECEIVED_KEPT_MAX) break;
      this.#received.delete(oldest);
    }
    return true;
  }
}

/** As mail-service makes it for an event of ours: its id, and which mail of it. */
const MESSAGE_ID = /^<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z-]+@/;
