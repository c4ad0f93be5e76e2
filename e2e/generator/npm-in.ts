import { expect } from 'vitest';
import { run } from '../harness/user-commands.ts';
import type { Result } from '../harness/user-commands.ts';

/** `npm run <script> -- <args>` in a clone, as in a terminal of its own. */
export function npmIn(clone: string, script: string, ...args: string[]): Promise<Result> {
  return run(clone, ['npm', 'run', '--silent', script, '--', ...args]);
}

/** All but log-broker, which knows no name of the project and no service, and takes as long as the others together. */
export const NAMED = ['apps', 'tools', 'packages/event-catalog', 'packages/messaging-client', 'packages/service-kit'];

/** @returns its output; expects it to succeed */
export async function npmOrThrow(clone: string, script: string, ...args: string[]): Promise<string> {
  const { code, output } = await npmIn(clone, script, ...args);
  expect(code, output).toBe(0);
  return output;
}
