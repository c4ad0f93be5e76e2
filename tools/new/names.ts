import { Problem } from '../set-up/problem.mjs';

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A name in lower case with hyphens, which is at once a folder, a host name, a topic and, with `_`, a database. */
export function requireKebab(what: string, name: string, charactersMax: number): void {
  if (!KEBAB.test(name)) {
    const reason = reasonOf(name);
    throw new Problem(
      `"${name}" is not a name of ${what}: ${reason}`,
      'Lower-case letters, digits and single hyphens, a letter first.',
    );
  }
  if (name.length > charactersMax) {
    throw new Problem(`"${name}" is too long for ${what}: ${name.length} characters`, `At most ${charactersMax}.`);
  }
}

function reasonOf(name: string): string {
  if (name === '') return 'it is empty';
  if (/\s/.test(name)) return 'it has a space';
  if (/[A-Z]/.test(name)) return 'it has a capital letter';
  if (/^[0-9]/.test(name)) return 'it begins with a digit';
  if (/^-|-$|--/.test(name)) return 'a hyphen stands between two words';
  const [odd] = /[^a-z0-9-]/.exec(name) ?? [];
  return odd === undefined ? 'a letter comes first' : `it has "${odd}"`;
}

/** `order.completed` → `orderCompleted` */
export function camel(name: string): string {
  return name.replaceAll(/[.-]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `order.completed` → `OrderCompleted` */
export function pascal(name: string): string {
  return camel(`-${name}`);
}

/** `order.completed` → `order-completed` */
export function kebab(name: string): string {
  return name.replaceAll('.', '-');
}

export function snake(name: string): string {
  return name.replaceAll(/[.-]/g, '_');
}
