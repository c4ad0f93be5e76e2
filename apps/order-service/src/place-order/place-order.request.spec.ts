import { describe, expect, it } from 'vitest';
import { cup, jimin, tea } from '../testing/samples.ts';
import { placeOrderRequest } from './place-order.request.ts';

const { memberId } = jimin;

function problems(request: unknown): string[] {
  const { error } = placeOrderRequest.safeParse(request);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('placeOrderRequest', () => {
  it('gives the order with its total', () => {
    expect(placeOrderRequest.parse({ memberId, items: [tea, cup] }).total).toEqual({ amount: 32_500, currency: 'KRW' });
  });

  it('names the item whose currency differs', () => {
    const dollars = { ...cup, unitPrice: { amount: 650, currency: 'USD' } };
    expect(problems({ memberId, items: [tea, dollars] })).toEqual([
      expect.stringMatching(/^items\.1\.unitPrice\.currency: must be KRW/),
    ]);
  });

  it('refuses a total that would lose units', () => {
    const dear = { ...tea, unitPrice: { amount: Number.MAX_SAFE_INTEGER, currency: 'KRW' } };
    expect(problems({ memberId, items: [dear] })).toEqual([expect.stringMatching(/^items: the total/)]);
  });

  it('names every bad field', () => {
    const bad = { ...tea, quantity: 0.5, unitPrice: { amount: 12.5, currency: 'won' } };
    const fields = problems({ memberId: '7', items: [tea, bad] }).map((problem) => problem.split(':')[0]);
    expect(fields).toEqual(['memberId', 'items.1.quantity', 'items.1.unitPrice.amount', 'items.1.unitPrice.currency']);
  });

  it.each(['ABC', 'XTS', 'usd', 'constructor'])('names the field of %s, which is no currency in use', (currency) => {
    const item = { ...tea, unitPrice: { amount: 1, currency } };
    expect(problems({ memberId, items: [item] })).toEqual([
      expect.stringMatching(/^items\.0\.unitPrice\.currency: .*ISO 4217/),
    ]);
  });

  it('names the field of a text that shows nothing or turns the line around', () => {
    const bad = { ...tea, sku: '\u200b', name: 'moc.live\u202e' };
    expect(problems({ memberId, items: [bad] }).map((problem) => problem.split(':')[0])).toEqual([
      'items.0.sku',
      'items.0.name',
    ]);
  });

  it('wants one item and takes a hundred', () => {
    expect(problems({ memberId, items: [] })).toEqual(['items: at least 1 item']);
    expect(problems({ memberId, items: tea })).toEqual([expect.stringMatching(/^items: .*expected array/)]);
    expect(problems({ memberId, items: Array.from({ length: 100 }, () => tea) })).toEqual([]);
    expect(problems({ memberId, items: Array.from({ length: 101 }, () => tea) })).toEqual(['items: at most 100 items']);
  });
});
