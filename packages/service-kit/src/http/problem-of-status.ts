import { STATUS_CODES } from 'node:http';

/** Of an error that is no more than its status: `about:blank`, titled as in HTTP (RFC 9457 §4.2.1). */
export function problemOfStatus(status: number): { readonly type: string; readonly title: string } {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error' };
}
