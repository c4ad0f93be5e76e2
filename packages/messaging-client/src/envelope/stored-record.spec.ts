import { expect, it } from 'vitest';
import { messageOf, storedRecordOf } from './stored-record.ts';

it('a record is given back as it was kept, in time that grows with the number of its headers alone', () => {
  const values = Array.from({ length: 200_000 }, (_, n) => Buffer.from(String(n)));
  const headers = { many: values, one: Buffer.from('1'), nothing: Buffer.alloc(0) };
  const message = { offset: '7', timestamp: '1000', key: Buffer.from('k'), value: null, headers };
  const back = messageOf(storedRecordOf(message));
  expect(back).toMatchObject({ offset: '7', timestamp: '1000', key: Buffer.from('k'), value: null });
  expect(Object.keys(back.headers!)).toEqual(Object.keys(headers));
  expect(back.headers!['many']).toHaveLength(values.length);
  expect((back.headers!['many'] as Buffer[]).at(-1)).toEqual(values.at(-1));
});
