import type { ComponentChildren } from 'preact';
import { COLOURED_CHARACTERS_MAX } from '../limits.ts';

/** Text of a record. JSON is set out with its names and values told apart by colour; other text stays as it is. */
export function Json({ text }: { readonly text: string }) {
  const json = laidOut(text);
  return <pre class="code">{json !== null && json.length <= COLOURED_CHARACTERS_MAX ? coloured(json) : text}</pre>;
}

/**
 * Null for text that is no JSON. 64-bit numbers would lose digits in JSON.parse: only text that comes back the same is set out
 * again; nor is what is nested so deep that its indents are longer than itself.
 */
function laidOut(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const lines = JSON.stringify(value, null, 2);
    const isSame = text === lines || text.trim() === JSON.stringify(value);
    return isSame && lines.length <= COLOURED_CHARACTERS_MAX ? lines : text;
  } catch {
    return null;
  }
}

/** Of JSON alone: in other text a quotation mark without a second one would be looked for again and again. */
function coloured(text: string): ComponentChildren[] {
  return text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?|-?\b\d[\d.eE+-]*\b)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const kind = part.endsWith(':') ? 'name' : part.startsWith('"') ? 'text' : 'number';
    return <span class={kind}>{part}</span>;
  });
}

/** A line fits the narrow column beside a list, and a phone. */
const BYTES_A_LINE = 8;

/** Bytes given as hex digits: offset, bytes, and what of them is printable. */
export function Hex({ hex }: { readonly hex: string }) {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += BYTES_A_LINE * 2) {
    const bytes = hex.slice(at, at + BYTES_A_LINE * 2).match(/../g) ?? [];
    const text = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 32 && code < 127 ? String.fromCodePoint(code) : '.';
    });
    const offset = (at / 2).toString(16).padStart(6, '0');
    lines.push(`${offset}  ${bytes.join(' ').padEnd(BYTES_A_LINE * 3)} ${text.join('')}`);
  }
  return <pre class="code hex">{lines.join('\n')}</pre>;
}
