import { MANIFESTS, ofService } from '../services.ts';

const BY_SERVICE = Object.fromEntries(MANIFESTS.map(({ name, database }) => [name, database]));

/** Of the database of a service, and of the role that owns it. */
export function databaseName(service: string): string {
  return ofService(BY_SERVICE, service);
}

export const DATABASES: readonly string[] = Object.values(BY_SERVICE);
