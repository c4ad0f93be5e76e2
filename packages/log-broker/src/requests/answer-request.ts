import type { Broker } from '../broker.ts';
import { REQUEST_ELEMENTS_MAX } from '../limits.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ByteReader, WireFormatError } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { RequestHeader } from '../wire/generated/request-header.ts';
import { ApiVersions } from '../wire/generated/api-versions.ts';
import { unsupportedApiVersions } from './18-api-versions.ts';
import type { Client, RequestHandler } from './define-request.ts';
import { refuseRequest } from './refuse-request.ts';
import { advertisedVersions, handlerOf } from './registry.ts';

/** Request headers carry tagged fields from version 2 on, which belongs to the flexible versions of a request. */
const PLAIN_HEADER = 1;
const FLEXIBLE_HEADER = 2;

/** Key, version and correlation id stand before anything that depends on them. */
const FIXED_HEADER_BYTES = 8;

/**
 * Reads one request, has it handled and encodes the answer, length first. Undefined when none is due.
 * With `forcedError` nothing of it is done and the answer is this error.
 *
 * @throws {WireFormatError} for bytes that are no request this broker knows: the connection cannot go on
 */
export function answerRequest(
  broker: Broker,
  frame: Buffer,
  client: Client,
  forcedError?: number,
): Buffer[] | undefined | Promise<Buffer[] | undefined> {
  if (frame.length < FIXED_HEADER_BYTES) throw new WireFormatError(`request of ${frame.length} bytes`);
  const key = frame.readInt16BE(0);
  const version = frame.readInt16BE(2);
  const correlationId = frame.readInt32BE(4);
  const handler = handlerOf(key);
  if (!handler) throw new WireFormatError(`request key ${key} is not supported`);
  const [first, last] = handler.versions;
  if (version < first || version > last) {
    // A client that is newer than the broker learns the versions by asking in its own: the answer is in version 0.
    if (key === ApiVersions.key) return encodeAnswer(handler, 0, correlationId, unsupportedApiVersions());
    throw new WireFormatError(`version ${version} of ${handler.api.name} is not supported`);
  }

  const reader = new ByteReader(frame, 0, REQUEST_ELEMENTS_MAX);
  const header = RequestHeader.read(reader, handler.api.request.isFlexible(version) ? FLEXIBLE_HEADER : PLAIN_HEADER);
  const request = handler.api.request.read(reader, version);
  const began = performance.now();
  const finish = (settled: unknown): Buffer[] | undefined => {
    broker.metrics.noteRequest(handler.api.name, (performance.now() - began) / 1_000, false);
    return settled === undefined ? undefined : encodeAnswer(handler, version, correlationId, settled);
  };
  const context = { broker, version, clientId: header.clientId ?? '', client, advertised: advertisedVersions };
  try {
    const errorCode = forcedError ?? coordinatorError(broker, key, request);
    const response =
      errorCode === undefined
        ? handler.handle(request, context)
        : refuseRequest(broker, client, key, request, errorCode);
    return response instanceof Promise ? response.then(finish) : finish(response);
  } catch (error) {
    broker.metrics.noteRequest(handler.api.name, (performance.now() - began) / 1_000, true);
    throw error;
  }
}

function coordinatorError({ faults }: Broker, key: number, request: unknown): number | undefined {
  return faults.hasMoved(key, request) ? ErrorCode.NOT_COORDINATOR : undefined;
}

function encodeAnswer(handler: RequestHandler, version: number, correlationId: number, response: unknown): Buffer[] {
  const { response: codec, key } = handler.api;
  const writer = new ByteWriter();
  writer.int32(correlationId);
  // ApiVersions is answered with the oldest header: the client cannot know yet what the broker speaks.
  if (codec.isFlexible(version) && key !== ApiVersions.key) writer.unsignedVarint(0);
  codec.write(writer, version, response);
  const length = Buffer.alloc(4);
  length.writeInt32BE(writer.size);
  return [length, ...writer.finish()];
}
