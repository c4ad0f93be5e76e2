import { readFileSync } from 'node:fs';
import type { Place } from '@event-bus/messaging-client/inspect';
import { parsePlace } from './place.ts';
import { badUsage } from './problem.ts';

type Value = string | boolean | ReadonlyArray<string | boolean> | undefined;

/** The arguments after the command's name. Every error names the option. */
export class Given {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, Value>>;

  constructor(values: Readonly<Record<string, Value>>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === '') throw badUsage(`--${name} is empty`, 'Give it a value, or leave it out.');
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string, what: string): string {
    const value = this.text(name);
    if (value === undefined) throw badUsage(`--${name} is missing`, `It names ${what}.`);
    return value;
  }

  list(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }

  count(name: string, { otherwise, max }: { otherwise: number; max: number }): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const count = Number(text);
    if (!/^\d+$/.test(text) || count < 1 || count > max) {
      throw badUsage(`--${name}: invalid number "${text}"`, `A whole number from 1 to ${max}.`);
    }
    return count;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    const choice = choices.find((one) => one === text);
    if (text !== undefined && choice === undefined) {
      throw badUsage(`--${name}: invalid value "${text}"`, `One of ${choices.join(', ')}.`);
    }
    return choice;
  }

  /** An offset or a time. */
  place(name: string): Place | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parsePlace(`--${name}`, text);
  }

  moment(name: string): Date | undefined {
    const place = this.place(name);
    if (place === undefined) return undefined;
    if (place.kind === 'time') return place.time;
    throw badUsage(`--${name}: invalid time`, 'A time (2026-11-21T09:00:00Z) or an age (15m, 2h, 3d).');
  }

  /** The text itself, or with @ the file that has it. */
  content(name: string): Buffer | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!text.startsWith('@')) return Buffer.from(text);
    try {
      return readFileSync(text.slice(1));
    } catch (error) {
      throw badUsage(`--${name}: ${(error as Error).message}`, 'After @, give the path of a readable file.');
    }
  }
}
