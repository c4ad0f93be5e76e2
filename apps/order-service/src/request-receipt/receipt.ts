import type { Locale } from '@event-bus/event-catalog';
import { formatMoney } from '@event-bus/service-kit';
import type { OrderView } from '../orders/purchase-order.entity.ts';

interface Receipt {
  readonly subject: string;
  readonly text: string;
}

const words = {
  ko: { receipt: '영수증', order: '주문', total: '합계' },
  en: { receipt: 'Receipt', order: 'Order', total: 'Total' },
} satisfies Record<Locale, object>;

/** The receipt as plain text in the customer's language. */
export function writeReceipt({ id, items, total }: OrderView, locale: Locale): Receipt {
  const { receipt, order, total: sum } = words[locale];
  const lines = items.map(
    ({ name, quantity, unitPrice }) =>
      `${name.replaceAll(/\s+/g, ' ')}  ${quantity} × ${formatMoney(unitPrice, locale)}`,
  );
  return {
    subject: `${receipt} · ${order} ${id}`,
    text: [`${order} ${id}`, '', ...lines, '', `${sum}: ${formatMoney(total, locale)}`, ''].join('\n'),
  };
}
