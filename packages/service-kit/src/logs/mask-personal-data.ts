import { pino } from 'pino';

/** Never begins inside an escape such as \n or \u001f, so that a masked line is still JSON. A local part has 64 characters at most (RFC 5321). */
const ADDRESS = /(?<!\\|\\u[0-9a-f]{0,3})[^\s"\\<>()[\],;:=@/]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]*/gu;
/** In E.164, as the events have it. */
const PHONE_NUMBER = /\+[1-9]\d{6,14}(?!\d)/g;
/** A mail's Message-ID has the form of an address; it begins with the id of an event and finds the mail again. */
const MESSAGE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/** PostgreSQL quotes the values of a row in the detail of an error. */
const ROW_VALUES = /(\)=\(|Failing row contains \()(?:[^"\\]|\\[^n])*\)/g;
/** Fields that hold a name or the content of a mail, as the events call them. */
const FIELDS = /"(name|subject|text|html)":"[^"\\]*(?:\\.[^"\\]*)*"/g;

/** A line of JSON without e-mail addresses, phone numbers, names, contents of mails and texts, and the values of a row. It stays JSON. */
export function maskPersonalData(line: string): string {
  return line
    .replaceAll(FIELDS, '"$1":"***"')
    .replaceAll(ROW_VALUES, '$1***)')
    .replaceAll(PHONE_NUMBER, '***')
    .replaceAll(ADDRESS, (found) => (MESSAGE_ID.test(found) ? found : '***'));
}

/** An error as it is logged, without the parameters of the statement that failed: TypeORM adds them to its errors. */
export function errorWithoutParameters(error: Error): object {
  const shown = pino.stdSerializers.err(error);
  return 'parameters' in shown ? { ...shown, parameters: '***' } : shown;
}
