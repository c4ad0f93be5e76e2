import { ERROR_TEXT_CHARACTERS_MAX } from '../limits.ts';

/** PostgreSQL's text holds no NUL, and an error may quote the bytes it complains of. */
export function printable(text: string): string {
  return text.replaceAll('\0', '\u2400').slice(0, ERROR_TEXT_CHARACTERS_MAX);
}
