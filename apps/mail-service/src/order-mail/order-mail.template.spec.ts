import { orderCompleted } from '@event-bus/event-catalog';
import { describe, expect, it } from 'vitest';
import { orderMail } from './order-mail.template.ts';

const order = orderCompleted.schema.parse(orderCompleted.example);
const inDollars = orderCompleted.schema.parse({
  ...orderCompleted.example,
  customer: { email: 'jimin@example.com', name: 'Jimin Kim', locale: 'en' },
  items: [
    { sku: 'TEA-01', name: 'Jeju green tea', quantity: 2, unitPrice: { amount: 1250, currency: 'USD' } },
    { sku: 'CUP-01', name: 'Cup', quantity: 1, unitPrice: { amount: 599, currency: 'USD' } },
  ],
  total: { amount: 3099, currency: 'USD' },
});

describe('the order mail', () => {
  it('lists items and total in Korean', () => {
    const letter = orderMail(order);
    const lines = letter.text.split('\n');
    expect(letter.subject).toBe('주문이 완료되었습니다 (2C3E4F50)');
    expect(lines).toContain('김지민님, 안녕하세요.');
    expect(lines).toContain('- 제주 녹차: ₩12,000 × 2 = ₩24,000');
    expect(lines).toContain('합계: ₩24,000');
    expect(lines).toContain(`주문 번호: ${order.orderId}`);
    expect(lines).toContain('주문 완료 일시: 2026년 11월 21일 오후 6:05 GMT+9');
    expect(rowsOf(letter.html)).toContain('제주 녹차 | ₩12,000 | 2 | ₩24,000');
    expect(rowsOf(letter.html)).toContain('합계 | ₩24,000');
  });

  it('lists items and total in English, in the order’s own currency', () => {
    const letter = orderMail(inDollars);
    const lines = letter.text.split('\n');
    expect(letter.subject).toBe('Your order is complete (2C3E4F50)');
    expect(lines).toContain('Hello Jimin Kim,');
    expect(lines).toContain('- Jeju green tea: $12.50 × 2 = $25.00');
    expect(lines).toContain('- Cup: $5.99 × 1 = $5.99');
    expect(lines).toContain('Total: $30.99');
    expect(rowsOf(letter.html)).toContain('Total | $30.99');
  });

  it('shows the time in the time zone of the shop, and names the zone', () => {
    expect(orderMail(inDollars).text).toContain('Completed on: November 21, 2026 at 6:05 PM GMT+9');
  });

  it('shows markup in a product or a name as text', () => {
    const [item] = order.items;
    const letter = orderMail({
      ...order,
      customer: { ...order.customer, name: '<b>지민</b>' },
      items: [{ ...item!, name: '<script>alert(1)</script>\n- free gift' }],
    });
    expect(letter.html).not.toMatch(/<script|<b>/);
    expect(rowsOf(letter.html)).toContain('&lt;script&gt;alert(1)&lt;/script&gt; - free gift | ₩12,000 | 2 | ₩24,000');
    expect(letter.text.split('\n')).toContain('- <script>alert(1)</script> - free gift: ₩12,000 × 2 = ₩24,000');
  });
});

/** The table as a reader sees it. */
function rowsOf(page: string): string[] {
  return page
    .split('</tr>')
    .map((row) => row.split(/<t[hd]/).slice(1))
    .map((cells) => cells.map((cell) => cell.replace(/^[^>]*>/, '').replace(/<\/t[hd]>[^]*/, '')).join(' | '));
}
