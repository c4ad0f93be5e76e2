import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './manifest.ts';

export const CHECKOUT = join(import.meta.dirname, '..', '..');

/** An app with a manifest. */
export interface Service extends Manifest {
  /** That of its folder. */
  readonly name: string;
  /** Of its database and of the role that owns it: the name, in SQL's spelling. */
  readonly database: string;
}

/**
 * Every service, by its port: the folders of `apps` with a `service.json`.
 *
 * Does not check them: that is done once after each change (`checkManifests`), because the schema library would be a third of
 * the memory of `npm start`.
 */
export function readManifests(root = CHECKOUT): Service[] {
  return manifestFiles(root)
    .map(({ name, text }) => serviceOf(name, JSON.parse(text) as Manifest))
    .toSorted((one, other) => one.port - other.port);
}

export function serviceOf(name: string, manifest: Manifest): Service {
  return { ...manifest, name, database: name.replaceAll('-', '_') };
}

/** The manifests as they lie there, by the name of their folder. */
export function manifestFiles(root = CHECKOUT): { readonly name: string; readonly text: string }[] {
  const apps = join(root, 'apps');
  return readdirSync(apps)
    .filter((name) => existsSync(join(apps, name, 'service.json')))
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(apps, name, 'service.json'), 'utf8') }));
}

/** The ports of its instances on this machine: its own, and those that the profile `scale` of compose adds. */
export function portsOf({ port, scale }: Manifest): number[] {
  return Array.from({ length: scale?.compose ?? 1 }, (_, index) => port + 10 * index);
}
