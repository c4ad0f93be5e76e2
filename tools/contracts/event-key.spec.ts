import { defineEvent, emailRequested, orderCompleted } from '@event-bus/event-catalog';
import { expect, test } from 'vitest';
import { keyOf } from './event-key.ts';

test('a key that is one field of the payload is named by it', () => {
  expect(keyOf(orderCompleted)).toEqual({ source: 'orderId', example: orderCompleted.example.orderId });
});

test('a key that is made from a field names the field, and says that it is not the value itself', () => {
  expect(keyOf(emailRequested)).toEqual({ source: 'made from to', example: 'jimin@example.com' });
});

test('a key that is made from several fields names all of them, with their paths', () => {
  const event = defineEvent({ ...orderCompleted, key: (order) => `${order.orderId}/${order.customer.email}` });
  expect(keyOf(event).source).toBe('made from orderId, customer.email');
});
