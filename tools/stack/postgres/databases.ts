import { SERVICES } from '../services.ts';
import type { ServiceName } from '../services.ts';

/** Databases, and the roles that own them, are named like their services, in SQL's spelling. */
export function databaseName(service: ServiceName): string {
  return service.replace('-', '_');
}

export const DATABASES = SERVICES.map(databaseName);
