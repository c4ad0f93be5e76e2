import { HEADER, versionsFromHeader } from '../envelope/cloud-event-headers.ts';
import { MessagingError } from '../errors.ts';
import { readsVersion } from '../event-definition.ts';
import type { EventDefinition } from '../event-definition.ts';
import type { Delivery } from './delivery.ts';
import { GivenUp } from './given-up.ts';

/**
 * Whether a handler of the event reads the version of the record.
 * @returns false when the event also comes in a version that it reads: in the same lane, before this record or behind it
 * @throws MessagingError EVENT_VERSION_UNKNOWN for a newer version, which waits for a deployment; GivenUp for an older one, which
 *   was dropped from the code on purpose
 */
export function isReadBy(event: EventDefinition, { headers, message }: Delivery): boolean {
  const { name, version } = headers!;
  if (readsVersion(event, version)) return true;
  const alsoIn = versionsFromHeader(message.headers?.first(HEADER.dataVersions)?.toString());
  if (alsoIn.some((other) => readsVersion(event, other))) return false;
  const error = new MessagingError(
    'EVENT_VERSION_UNKNOWN',
    `${name} v${version} came, and this service knows v${event.version}`,
  );
  throw version > event.version ? error : new GivenUp('unknown-version', error);
}
