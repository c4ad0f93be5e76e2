import { describe, expect, it } from 'vitest';
import type { OutboxRow } from './outbox-row.ts';
import { decodeHeaders, decodeValue } from './decode-record.ts';
import { encodeRecord } from './encode-record.ts';
import { RECORD_HEADER_BYTES_MAX, RECORD_HEADERS_MAX } from '../limits.ts';

const row: OutboxRow = {
  seq: '1',
  shard: 0,
  id: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
  topic: 'greeting',
  key: 'k1',
  type: 'greeting.sent',
  version: 3,
  source: 'greeter',
  payload: '{"text":"안녕하세요"}',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  createdAt: new Date('2026-11-21T09:00:00.000Z'),
};

const publishedAt = new Date('2026-11-21T11:30:00.000Z');

function onTheWire(): { headers: Record<string, Buffer>; value: Buffer } {
  const record = encodeRecord(row, publishedAt);
  const headers = Object.entries(record.headers).map(([name, value]) => [name, Buffer.from(value)] as const);
  return { headers: Object.fromEntries(headers), value: Buffer.from(record.value) };
}

describe('the envelope', () => {
  it('is CloudEvents 1.0 in Kafka binary mode', () => {
    expect(encodeRecord(row, publishedAt)).toEqual({
      key: 'k1',
      value: '{"text":"안녕하세요"}',
      timestamp: String(publishedAt.getTime()),
      headers: {
        ce_specversion: '1.0',
        ce_id: row.id,
        ce_source: 'greeter',
        ce_type: 'greeting.sent',
        ce_time: '2026-11-21T09:00:00.000Z',
        ce_dataschema: 'urn:event:greeting.sent:v3',
        'content-type': 'application/json',
        traceparent: row.traceparent,
      },
    });
  });

  it('names all versions of an event that is published in several', () => {
    const { headers } = encodeRecord({ ...row, dataVersions: '3,2' }, publishedAt);
    expect(headers).toMatchObject({
      ce_id: row.id,
      ce_dataschema: 'urn:event:greeting.sent:v3',
      ce_dataversions: '3,2',
    });
  });

  it('is read back as it was written', () => {
    const { headers, value } = onTheWire();
    expect(decodeHeaders({ headers })).toEqual({
      id: row.id,
      name: 'greeting.sent',
      version: 3,
      source: 'greeter',
      time: '2026-11-21T09:00:00.000Z',
      traceparent: row.traceparent,
    });
    expect(decodeValue(value)).toEqual({ text: '안녕하세요' });
  });

  it.each(['ce_id', 'ce_type', 'ce_source', 'ce_dataschema'])('names the header %s when it is missing', (header) => {
    const { headers } = onTheWire();
    delete headers[header];
    expect(() => decodeHeaders({ headers })).toThrow(header);
  });

  it.each(['traceparent', 'ce_time'])('does without %s when it is not text, because nothing needs it', (header) => {
    const { headers } = onTheWire();
    const { [header]: _, ...without } = headers;
    headers[header] = Buffer.from([0xff, 0xfe]);
    expect(decodeHeaders({ headers })).toEqual(decodeHeaders({ headers: without }));
  });

  it.each([
    ['too many', Object.fromEntries(Array.from({ length: RECORD_HEADERS_MAX }, (_, n) => [`h${n}`, Buffer.of(0)]))],
    ['too many of a name', { h: Array.from({ length: RECORD_HEADERS_MAX }, () => Buffer.of(0)) }],
    ['too large', { h: Buffer.alloc(RECORD_HEADER_BYTES_MAX) }],
  ])('refuses headers that are %s', (_, others) => {
    const headers = { ...onTheWire().headers, ...others };
    expect(() => decodeHeaders({ headers })).toThrow(
      `the limits are ${RECORD_HEADERS_MAX} headers and ${RECORD_HEADER_BYTES_MAX} bytes`,
    );
  });

  it.each([
    ['no value', null],
    ['not JSON', Buffer.from('{"a":')],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('refuses a value that is %s', (_, value) => {
    expect(() => decodeValue(value)).toThrow(expect.objectContaining({ code: 'RECORD_UNDECODABLE' }));
  });
});
