import { emailRequested, jsonSchemaOf, memberSignedUp, orderCompleted } from '@event-bus/event-catalog';
import type { EventDefinition, JsonSchema } from '@event-bus/event-catalog';
import { keyFieldOfEvent } from '../contracts/key-field.ts';

/** The group that owes a mail for each event of these names. */
export const MAIL_GROUP = 'mail-service';

const OWING: readonly EventDefinition[] = [memberSignedUp, orderCompleted, emailRequested];
const OWE_MAIL = new Set(OWING.map(({ name }) => name));

/** Fields of their payloads that hold an address, by their contracts, e.g. `customer.email`; not of those whose key is one. */
export const ADDRESS_FIELDS: readonly string[] = OWING.flatMap((event) => {
  const found = addressFields(jsonSchemaOf(event));
  return found.includes(keyFieldOfEvent(event) ?? '') ? [] : found;
});

export function owesMail(event: string): boolean {
  return OWE_MAIL.has(event);
}

function addressFields({ properties = {} }: JsonSchema, path = ''): string[] {
  return Object.entries(properties as Readonly<Record<string, JsonSchema>>).flatMap(([name, property]) =>
    property['format'] === 'email' ? [path + name] : addressFields(property, `${path}${name}.`),
  );
}
