const STRICT = new TextDecoder('utf-8', { fatal: true });

/** What the lenient decoder writes in place of bytes that are not UTF-8. */
const REPLACEMENT = '\uFFFD';
/** Kept by the lenient decoder, left out by the strict one. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The lenient decoder is several times as fast, so the strict one runs only where the two may differ.
 * @throws TypeError when the bytes are not UTF-8
 */
export function strictUtf8(bytes: Buffer, from = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', from, end);
  if (!text.startsWith(BYTE_ORDER_MARK) && !text.includes(REPLACEMENT)) return text;
  return STRICT.decode(bytes.subarray(from, end));
}
