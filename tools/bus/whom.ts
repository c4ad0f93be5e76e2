import { userInfo } from 'node:os';
import type { Given } from './given.ts';

/** Who goes on record. */
export function readBy(given: Given): string {
  const typed = given.text('by');
  if (typed !== undefined) return typed;
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
