import { encodeWord, quoteString } from 'nodemailer/lib/mime-funcs';
import type { Mailbox } from './mailer.ts';

/** Words of visible ASCII with one space between them: nothing that folding could make a line of spaces of. */
const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** RFC 5322 §3.2.3: words without these need no quotes. */
const ATOMS = /^[\w!#$%&'*+\-/=?^`{|}~ ]*$/;

/** RFC 2047 §2 bounds an encoded word at 75 characters; the frame around these is twelve. */
const ENCODED_WORD_CHARACTERS_MAX = 52;

/**
 * A subject as it stands in its header. A reader sees the text to the letter: what looks like an encoded word is itself
 * encoded, and so are runs of spaces, which a mail program would take for one, and a folded line for nothing (RFC 5322
 * §2.2.3).
 */
export function headerText(text: string): string {
  return PLAIN.test(text) && !text.includes('=?') ? text : encode(text);
}

/** `Jimin Kim <jimin@example.com>`, with the name quoted or encoded where it has to be. */
export function headerMailbox({ name = '', address }: Mailbox): string {
  if (name === '') return address;
  const isPlain = PLAIN.test(name) && !name.includes('=?');
  return `${isPlain ? (ATOMS.test(name) ? name : quoteString(name)) : encode(name)} <${address}>`;
}

/** By base64 and never by the quoted form: that has rules of its own for names (RFC 2047 §5). */
function encode(text: string): string {
  return encodeWord(text, 'B', ENCODED_WORD_CHARACTERS_MAX);
}
