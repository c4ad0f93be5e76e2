import { emailFailed } from './email-failed.ts';
import { emailRequested } from './email-requested.ts';
import { emailSent } from './email-sent.ts';
import { memberSignedUp } from './member-signed-up.ts';
import { orderCompleted } from './order-completed.ts';
import { smsFailed } from './sms-failed.ts';
import { smsSent } from './sms-sent.ts';

export { defineEvent, upcastFrom } from './define-event.ts';
export type { EventDefinition, PayloadOf, TopicDefinition } from './define-event.ts';
export { jsonSchemaOf } from './json-schema.ts';
export type { JsonSchema } from './json-schema.ts';
export { topics } from './topics.ts';
export {
  emailAddressSchema,
  legible,
  locales,
  localeSchema,
  mailableAddressSchema,
  moneySchema,
  ORDER_ITEMS_MAX,
  orderItemSchema,
  personNameSchema,
  phoneNumberSchema,
} from './vocabulary.ts';
export type { Locale, Money, OrderItem } from './vocabulary.ts';

export { memberSignedUp } from './member-signed-up.ts';
export type { MemberSignedUp } from './member-signed-up.ts';
export { orderCompleted } from './order-completed.ts';
export type { OrderCompleted } from './order-completed.ts';
export { emailRequested } from './email-requested.ts';
export type { EmailRequested } from './email-requested.ts';
export { emailSent } from './email-sent.ts';
export type { EmailSent } from './email-sent.ts';
export { emailFailed } from './email-failed.ts';
export type { EmailFailed } from './email-failed.ts';
export { smsSent } from './sms-sent.ts';
export type { SmsSent } from './sms-sent.ts';
export { smsFailed } from './sms-failed.ts';
export type { SmsFailed } from './sms-failed.ts';

/** Every event of the system, and of each the earlier versions first. */
export const eventCatalog = [
  memberSignedUp,
  orderCompleted,
  emailRequested,
  emailSent,
  emailFailed,
  smsSent,
  smsFailed,
] as const;
