import type { MemberSignedUp } from '@event-bus/event-catalog';

export const jimin: MemberSignedUp = {
  memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
  email: 'jimin@example.com',
  name: '김지민',
  phone: '+821012345678',
  locale: 'ko',
  signedUpAt: '2026-11-21T09:00:00.000Z',
};

export const tea = { sku: 'TEA-01', name: '제주 녹차', quantity: 2, unitPrice: { amount: 12_000, currency: 'KRW' } };
export const cup = { sku: 'CUP-01', name: '찻잔', quantity: 1, unitPrice: { amount: 8_500, currency: 'KRW' } };
