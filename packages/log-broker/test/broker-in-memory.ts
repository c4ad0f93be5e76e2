import type { Broker } from '../src/broker.ts';
import { withDefaults } from '../src/config.ts';
import type { BrokerSettings } from '../src/config.ts';
import type { GroupCommit } from '../src/log/flush-policy.ts';
import { openBroker } from '../src/open-broker.ts';
import { answerRequest } from '../src/requests/answer-request.ts';
import type { Client } from '../src/requests/define-request.ts';
import { ANONYMOUS } from '../src/security/principal.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import { ByteReader } from '../src/wire/byte-reader.ts';
import { ByteWriter } from '../src/wire/byte-writer.ts';
import { RequestHeader } from '../src/wire/generated/request-header.ts';
import type { Api } from '../src/wire/message-schema.ts';

export const CLIENT: Client = {
  host: '127.0.0.1',
  brokerAddress: { host: 'localhost', port: 9092 },
  principal: ANONYMOUS,
};

/** A broker without sockets, on a file system in memory. */
export function brokerInMemory(
  files = new MemoryFileSystem(),
  settings: Partial<BrokerSettings> = {},
  groupCommit?: GroupCommit,
): Broker {
  files.makeDirectory('/data');
  const broker = openBroker(withDefaults({ data: '/data', ...settings, files }), groupCommit);
  return broker;
}

/** Encodes a request, handles it and decodes the answer. Missing fields have their defaults. */
export async function send<Request, Response>(
  broker: Broker,
  api: Api<Request, Response>,
  version: number,
  request: Partial<Request>,
): Promise<Response> {
  const answer = await answerRequest(broker, encodeRequest(api, version, request), CLIENT);
  if (!answer) throw new Error(`${api.name} was not answered`);
  const reader = new ByteReader(Buffer.concat(answer), 8);
  if (api.response.isFlexible(version) && api.key !== 18) reader.unsignedVarint();
  return api.response.read(reader, version);
}

export function encodeRequest<Request>(api: Api<Request, unknown>, version: number, request: Partial<Request>): Buffer {
  const writer = new ByteWriter();
  const headerVersion = api.request.isFlexible(version) ? 2 : 1;
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 1, clientId: 'test' };
  RequestHeader.write(writer, headerVersion, header);
  api.request.write(writer, version, request as Request);
  return writer.toBuffer();
}
