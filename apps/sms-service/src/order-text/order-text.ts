import type { Locale, OrderCompleted } from '@event-bus/event-catalog';
import { formatMoney } from '@event-bus/service-kit';

const words: Record<Locale, (order: string, total: string) => string> = {
  ko: (order, total) => `[이벤트버스] 주문 ${order}이(가) 완료되었습니다. 결제 금액 ${total}`,
  en: (order, total) => `Event Bus: order ${order} is complete. Total ${total}.`,
};

export function orderText({ orderId, total, customer }: OrderCompleted): string {
  // The end of the id, as in the mail.
  return words[customer.locale](orderId.slice(-8).toUpperCase(), formatMoney(total, customer.locale));
}
