import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { PermanentError, TransientError } from '@event-bus/messaging-client';
import type { Outbox } from '@event-bus/messaging-client';
import { fakeOutsideContext } from '@event-bus/messaging-client/testing';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../ledger/ledger.ts';
import type { Handover, OutgoingMail } from '../smtp/mailer.ts';
import { DeliverMail } from './deliver-mail.ts';

Logger.overrideLogger(false);

const delivery = {
  template: 'welcome',
  to: { name: '김지민', address: 'jimin@example.com' },
  subject: '김지민님, 환영합니다',
  text: '안녕하세요',
} as const;
const eventId = '0199f1c2-7d50-7001-8a00-000000000001';
const messageId = `<${eventId}.welcome@example.com>`;

/** What happened, in order, as short lines. */
let steps: string[];
let sent: OutgoingMail[];
let appended: [event: string, payload: unknown][];
beforeEach(() => {
  steps = [];
  sent = [];
  appended = [];
});

function deliverMail(handover: Handover | Error, { known = false, ledgerUnavailable = false } = {}): DeliverMail {
  const note = async (step: string): Promise<void> => {
    if (ledgerUnavailable) throw new Error('the database is unavailable');
    steps.push(step);
  };
  const ledger = {
    handingOver: async (_manager: unknown, _entry: unknown, ambiguous: boolean) => {
      steps.push(ambiguous ? 'handing over, ambiguous' : 'handing over');
      return !known;
    },
    accepted: async () => void steps.push('accepted'),
    rejected: async (_manager: unknown, _mail: unknown, reason: string) => void steps.push(`rejected: ${reason}`),
    waiting: async (_mail: unknown, reason: string) => note(`waiting: ${reason}`),
    inDoubt: async (_mail: unknown, reason: string) => note(`in doubt: ${reason}`),
  } as unknown as Ledger;
  const outbox = {
    append: async (_manager: unknown, event: { name: string }, payload: unknown) =>
      void appended.push([event.name, payload]),
  } as unknown as Outbox;
  const mailer = {
    send: async (mail: OutgoingMail) => {
      steps.push('smtp');
      sent.push(mail);
      if (handover instanceof Error) throw handover;
      return handover;
    },
  };
  return new DeliverMail(mailer, ledger, outbox, { name: '상점', address: 'no-reply@example.com' });
}

describe('delivering a mail', () => {
  it('claims, hands over, confirms, and publishes that it was sent', async () => {
    const context = fakeOutsideContext({ eventId });
    await deliverMail({ outcome: 'accepted', response: '250 OK' }).deliver(delivery, context);

    expect(steps).toEqual(['handing over', 'smtp', 'accepted']);
    expect(context.confirmed).toBe(true);
    expect(sent).toEqual([
      {
        messageId,
        from: { name: '상점', address: 'no-reply@example.com' },
        to: delivery.to,
        subject: delivery.subject,
        text: delivery.text,
      },
    ]);
    expect(appended).toEqual([
      [
        'email.sent',
        {
          causedBy: eventId,
          template: 'welcome',
          to: 'jimin@example.com',
          messageId,
          sentAt: expect.any(String),
        },
      ],
    ]);
    expect(emailSent.schema.safeParse(appended[0]![1]).error).toBeUndefined();
  });

  it('sends an ambiguous mail again under the same Message-ID', async () => {
    await deliverMail({ outcome: 'accepted', response: '250 OK' }).deliver(
      delivery,
      fakeOutsideContext({ eventId, unconfirmed: 1 }),
    );
    expect(steps).toEqual(['handing over, ambiguous', 'smtp', 'accepted']);
    expect(sent[0]!.messageId).toBe(messageId);
  });

  it('sends nothing when the mail is accepted in the ledger already', async () => {
    const context = fakeOutsideContext({ eventId });
    await deliverMail({ outcome: 'accepted', response: '250 OK' }, { known: true }).deliver(delivery, context);
    expect(steps).toEqual(['handing over']);
    expect(context.confirmed).toBe(true);
    expect(appended).toEqual([]);
  });

  it('gives up a refused mail, with ledger and email.failed in the transaction of its dead letter', async () => {
    const context = fakeOutsideContext({ eventId });
    const delivering = deliverMail({ outcome: 'rejected', reason: '550 no such user' }).deliver(delivery, context);
    const error = (await delivering.catch((error: unknown) => error)) as PermanentError;

    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('550 no such user');
    expect(steps).toEqual(['handing over', 'smtp']);
    await error.record!(context.manager);
    expect(steps.at(-1)).toBe('rejected: 550 no such user');
    expect(appended).toEqual([['email.failed', expect.objectContaining({ reason: '550 no such user' })]]);
    expect(emailFailed.schema.safeParse(appended[0]![1]).error).toBeUndefined();
    expect(context.confirmed).toBe(false);
  });

  it.each([
    ['waits', { outcome: 'not-accepted', reason: 'ECONNREFUSED' }, 'waiting: ECONNREFUSED', TransientError],
    ['is in doubt', { outcome: 'unknown', reason: 'closed' }, 'in doubt: closed', Error],
  ] as const)('a mail that %s is neither confirmed nor given up', async (_title, handover, step, kind) => {
    const context = fakeOutsideContext({ eventId });
    const error = await deliverMail(handover)
      .deliver(delivery, context)
      .catch((error: unknown) => error);
    expect((error as Error).constructor).toBe(kind);
    expect(steps).toEqual(['handing over', 'smtp', step]);
    expect(context.confirmed).toBe(false);
  });

  it('a mail that a stop left unsent waits in the ledger, and the reason of the stop is passed on', async () => {
    const stop = new Error('the service stops');
    await expect(deliverMail(stop).deliver(delivery, fakeOutsideContext({ eventId }))).rejects.toBe(stop);
    expect(steps).toEqual(['handing over', 'smtp', 'waiting: the service stopped before it was sent']);
  });

  it('reports the outcome also when the ledger is unavailable', async () => {
    const delivering = deliverMail({ outcome: 'not-accepted', reason: 'ECONNREFUSED' }, { ledgerUnavailable: true });
    await expect(delivering.deliver(delivery, fakeOutsideContext({ eventId }))).rejects.toBeInstanceOf(TransientError);
  });
});
