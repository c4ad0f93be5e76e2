/** Bytes of a record, which come as base64. */
export interface Bytes {
  /** Null when they are not UTF-8. */
  readonly text: string | null;
  readonly hex: string;
}

export function textOf(base64: string | null): Bytes | null {
  if (base64 === null) return null;
  const bytes = Uint8Array.from(atob(base64), (char) => char.codePointAt(0)!);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), hex };
  } catch {
    return { text: null, hex };
  }
}
