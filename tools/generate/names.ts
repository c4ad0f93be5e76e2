import { NAMED_PART, NAMED_PARTS } from '../services/other-parts.ts';
import type { Service } from '../services/read-manifests.ts';

/** `ORDER_SERVICE`, as the names of environment variables begin. */
export function variableOf({ name }: Service): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** The name of an instance in compose: `mail-service`, `mail-service-2`. */
export function instanceName({ name }: Service, index: number): string {
  return index === 0 ? name : `${name}-${index + 1}`;
}

/** The variable of .env by which compose publishes the port of an instance. */
export function portVariable(service: Service, index: number): string {
  return index === 0 ? `${variableOf(service)}_PORT` : `${variableOf(service)}_${index + 1}_PORT`;
}

type Setting = Service['settings'][number];

/** Which come from a Secret, in compose from a file of the generated secrets. */
export function secretSettings({ settings }: Service): Setting[] {
  return settings.filter(isSecret);
}

export function openSettings({ settings }: Service): Setting[] {
  return settings.filter((setting) => !isSecret(setting));
}

/** Also an address: outside of this machine it is another one, and may hold a password. */
function isSecret({ value, secret }: Setting): boolean {
  return secret === true || value.match(NAMED_PART) !== null;
}

/** With the addresses that the containers of compose have. */
export function valueInCompose({ value }: Setting): string {
  return value.replaceAll(NAMED_PART, (_, part: string) => NAMED_PARTS[part]!.composeAddress);
}

/** The parts of compose whose addresses its settings have. */
export function partsUsedBy({ settings }: Service): string[] {
  const parts = settings.flatMap(({ value }) => [...value.matchAll(NAMED_PART)].map(([, part]) => part!));
  return [...new Set(parts)].flatMap((part) => NAMED_PARTS[part]!.composeServices);
}
