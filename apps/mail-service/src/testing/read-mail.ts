/** A mail parsed from the wire, as far as the mails of this service need it: RFC 2047 words, two text parts. */
interface ReadMail {
  /** By lower-case name; repeated headers are joined by a line break. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

export function readMail(raw: string): ReadMail {
  const { headers, body } = splitPart(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1];
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((part) => splitPart(part.trimStart()))
    : [{ headers, body }];
  const read = (type: string): string | undefined => {
    const part = parts.find((part) => part.headers.get('content-type')?.startsWith(type));
    return part && decodeBody(part.body, part.headers.get('content-transfer-encoding'));
  };
  return { headers, text: read('text/plain'), html: read('text/html') };
}

function splitPart(part: string): { headers: Map<string, string>; body: string } {
  const end = part.search(/\r?\n\r?\n/);
  const headers = new Map<string, string>();
  const unfolded = part.slice(0, end).replace(/\r?\n(?=[ \t])/g, '');
  for (const line of unfolded.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = decodeWords(line.slice(colon + 1).trim());
    headers.set(name, headers.has(name) ? `${headers.get(name)}\n${value}` : value);
  }
  return { headers, body: part.slice(end).replace(/^\r?\n\r?\n/, '') };
}

function decodeWords(value: string): string {
  // White space between two encoded words belongs to the encoding (RFC 2047 §6.2).
  const joined = value.replace(/(\?=)\s+(?==\?)/g, '$1');
  return joined.replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_word, encoding: string, text: string) =>
    encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : decodeQuoted(text.replaceAll('_', ' ')),
  );
}

function decodeBody(body: string, encoding = '7bit'): string {
  const decoded =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? decodeQuoted(body)
        : body;
  return decoded.replaceAll('\r\n', '\n').trimEnd();
}

function decodeQuoted(text: string): string {
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_code, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
