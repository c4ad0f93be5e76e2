import { encodeWord, quoteString } from 'nodemailer/lib/mime-funcs';
import type { Mailbox } from './mailer.ts';

/** Words of visible ASCII with one space between them: folding cannot turn it into a line of spaces. */
const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** RFC 5322 §3.2.3: words without these need no quotes. */
const ATOMS = /^[\w!#$%&'*+\-/=?^`{|}~ ]*$/;

/** RFC 2047 §2 limits an encoded word to 75 characters, of which `=?UTF-8?B?` and `?=` take twelve. */
const ENCODED_WORD_CHARACTERS_MAX = 52;

/**
 * A subject as it is written in its header, so that its reader sees exactly this text. Text that looks like an encoded word
 * is encoded, and so are runs of spaces, which a mail program would shorten or lose where a line is folded (RFC 5322
 * §2.2.3).
 */
export function headerText(text: string): string {
  return PLAIN.test(text) && !text.includes('=?') ? text : encode(text);
}

/** `Jimin Kim <jimin@example.com>`, with the name quoted or encoded where necessary. */
export function headerMailbox({ name = '', address }: Mailbox): string {
  if (name === '') return address;
  const isPlain = PLAIN.test(name) && !name.includes('=?');
  return `${isPlain ? (ATOMS.test(name) ? name : quoteString(name)) : encode(name)} <${address}>`;
}

/** In base64, never in the quoted form, which has different rules for names (RFC 2047 §5). */
function encode(text: string): string {
  return encodeWord(text, 'B', ENCODED_WORD_CHARACTERS_MAX);
}
