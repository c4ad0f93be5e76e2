import { readManifests } from '../services/read-manifests.ts';

/** All of them, by port; see docs/adr/0038-one-manifest-per-service.md. */
export const MANIFESTS = readManifests();

/** The names of those that always start. */
export const SERVICES: readonly string[] = MANIFESTS.filter(({ startsOnDemand }) => startsOnDemand !== true).map(
  ({ name }) => name,
);

/**
 * What is kept for a service.
 * @throws when it is not one
 */
export function ofService<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`${name} is not known; there are ${Object.keys(values).join(', ')}`);
  return value;
}
