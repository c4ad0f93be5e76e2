import { expect, it } from 'vitest';
import { renamer } from './names-of-project.ts';

const renamed = renamer({ scope: 'tea-house', project: 'tea-house' }, { scope: 'acme', project: 'corner-shop' });

it.each([
  ["import { a } from '@tea-house/kit';", "import { a } from '@acme/kit';"],
  ['node_modules/@tea-house', 'node_modules/@acme'],
  ['orders@tea-house.example', 'orders@corner-shop.example'],
  ['image: tea-house/order-service', 'image: corner-shop/order-service'],
  ['contracts/asyncapi/tea-house.json', 'contracts/asyncapi/corner-shop.json'],
  ['tea_house.attempt', 'corner_shop.attempt'],
  ['TEA_HOUSE_STARTED_AT', 'CORNER_SHOP_STARTED_AT'],
  ['from Tea House', 'from Corner Shop'],
  ['"title": "Tea house"', '"title": "Corner shop"'],
  ['a tea house is a place', 'a tea house is a place'],
])('%s becomes %s', (text, expected) => {
  expect(renamed(text)).toBe(expected);
});

it.each([
  ['cafe', 'corner-cafe'],
  ['Cafe', 'Corner Cafe'],
  ['CAFE_PORT', 'CORNER_CAFE_PORT'],
])('of a name of one word, %s becomes %s', (text, expected) => {
  const again = renamer({ scope: 'cafe', project: 'cafe' }, { scope: 'acme', project: 'corner-cafe' });
  expect(again(text)).toBe(expected);
});

it.each([
  ['a workshop, workshops and shops'],
  ['work-shop and work_shop'],
  ['WORKSHOP and WORK_SHOP'],
  ['shopId, aShop and ShopWindow'],
  ['shop@example.com'],
  ["import { a } from '@shopping/kit';"],
])('of a name of one word, nothing is taken for it in %j', (text) => {
  expect(renamer({ scope: 'shop', project: 'shop' }, { scope: 'acme', project: 'stall' })(text)).toBe(text);
});

it('a sender of text messages has 11 characters at most', () => {
  const long = renamer(
    { scope: 'tea-house', project: 'tea-house' },
    { scope: 'acme', project: 'the-shop-at-the-corner' },
  );
  expect(long('SMS_FROM=TeaHouse')).toBe('SMS_FROM=TheShopAtTh');
});
