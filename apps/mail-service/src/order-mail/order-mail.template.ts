import type { Locale, OrderCompleted } from '@event-bus/event-catalog';
import { formatMoney } from '@event-bus/service-kit';
import { html } from '../letter/html.ts';
import { oneLine, page } from '../letter/letter.ts';
import type { Letter } from '../letter/letter.ts';

/** The time zone of the shop; the event does not have the customer's. The mail names it. */
const SHOP_TIME_ZONE = 'Asia/Seoul';

interface Words {
  readonly subject: (orderNumber: string) => string;
  readonly greeting: (name: string) => string;
  readonly thanks: string;
  readonly orderNumber: string;
  readonly completedAt: string;
  readonly item: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly amount: string;
  readonly total: string;
  readonly intlLocale: string;
}

const words: Record<Locale, Words> = {
  ko: {
    subject: (orderNumber) => `주문이 완료되었습니다 (${orderNumber})`,
    greeting: (name) => `${name}님, 안녕하세요.`,
    thanks: '주문해 주셔서 감사합니다. 주문 내역은 다음과 같습니다.',
    orderNumber: '주문 번호',
    completedAt: '주문 완료 일시',
    item: '상품',
    quantity: '수량',
    unitPrice: '단가',
    amount: '금액',
    total: '합계',
    intlLocale: 'ko-KR',
  },
  en: {
    subject: (orderNumber) => `Your order is complete (${orderNumber})`,
    greeting: (name) => `Hello ${name},`,
    thanks: 'Thank you for your order. Here are the details:',
    orderNumber: 'Order number',
    completedAt: 'Completed on',
    item: 'Item',
    quantity: 'Quantity',
    unitPrice: 'Unit price',
    amount: 'Amount',
    total: 'Total',
    intlLocale: 'en',
  },
};

export function orderMail(order: OrderCompleted): Letter {
  const { locale } = order.customer;
  const word = words[locale];
  const name = oneLine(order.customer.name);
  const total = formatMoney(order.total, locale);
  const subject = word.subject(orderNumber(order.orderId));
  const completedAt = new Intl.DateTimeFormat(word.intlLocale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone: SHOP_TIME_ZONE,
  }).format(new Date(order.completedAt));
  const lines = order.items.map(({ name, quantity, unitPrice }) => ({
    item: oneLine(name),
    quantity,
    unitPrice: formatMoney(unitPrice, locale),
    amount: formatMoney({ ...unitPrice, amount: unitPrice.amount * quantity }, locale),
  }));

  return {
    subject,
    text: [
      word.greeting(name),
      '',
      word.thanks,
      '',
      ...lines.map(({ item, quantity, unitPrice, amount }) => `- ${item}: ${unitPrice} × ${quantity} = ${amount}`),
      '',
      `${word.total}: ${total}`,
      `${word.orderNumber}: ${order.orderId}`,
      `${word.completedAt}: ${completedAt}`,
      '',
    ].join('\n'),
    html: page(
      locale,
      subject,
      html`<p>${word.greeting(name)}</p>
        <p>${word.thanks}</p>
        <table cellpadding="8" style="border-collapse:collapse">
          <tr>
            <th align="left">${word.item}</th>
            <th align="right">${word.unitPrice}</th>
            <th align="right">${word.quantity}</th>
            <th align="right">${word.amount}</th>
          </tr>
          ${lines.map(
            ({ item, quantity, unitPrice, amount }) =>
              html`<tr style="border-top:1px solid #d1d9e0">
                <td>${item}</td>
                <td align="right">${unitPrice}</td>
                <td align="right">${quantity}</td>
                <td align="right">${amount}</td>
              </tr>`,
          )}
          <tr style="border-top:2px solid #1f2328">
            <th align="left" colspan="3">${word.total}</th>
            <th align="right">${total}</th>
          </tr>
        </table>
        <p style="color:#656d76;font-size:14px">
          ${word.orderNumber}: ${order.orderId}<br />${word.completedAt}: ${completedAt}
        </p>`,
    ),
  };
}

/** The end of the id: a UUIDv7 begins with the time, which is the same for all orders of a minute. */
function orderNumber(orderId: string): string {
  return orderId.slice(-8).toUpperCase();
}
