import type { Broker } from '../broker.ts';
import { REQUEST_ELEMENTS_MAX, SMALL_REQUEST_BYTES } from '../limits.ts';
import type { Login } from '../security/login.ts';
import { atOnce, inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ByteReader, WireFormatError } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { RequestHeader } from '../wire/generated/request-header.ts';
import { ApiVersions } from '../wire/generated/api-versions.ts';
import { SaslAuthenticate } from '../wire/generated/sasl-authenticate.ts';
import { SaslHandshake } from '../wire/generated/sasl-handshake.ts';
import { unsupportedApiVersions } from './18-api-versions.ts';
import { coordinatedBy } from './coordinated-by.ts';
import type { Access, Client, RequestContext, RequestHandler } from './define-request.ts';
import { refuseRequest } from './refuse-request.ts';
import { advertisedVersions, handlerOf } from './registry.ts';
import { screenRequest } from './screen-request.ts';

/** Request headers carry tagged fields from version 2 on, which belongs to the flexible versions of a request. */
const PLAIN_HEADER = 1;
const FLEXIBLE_HEADER = 2;

/** Key, version and correlation id come first, in every version. */
const FIXED_HEADER_BYTES = 8;

/** A request that is handled in less has an answer of a few hundred values at most. */
const QUICK_MS = 0.2;

/** What the connection adds to a request. */
export interface AnswerOptions {
  /** The request is not carried out, and answered with this error. */
  readonly forcedError?: number | undefined;
  /** Called when the bytes of the request are no longer needed: before the answer, if that waits for the disk. */
  readonly onHandled?: () => void;
  /** As `RequestContext.hold`. */
  readonly onHeld?: (bytes: number) => void;
  /** As `RequestContext.slabs`. */
  readonly slabs?: RequestContext['slabs'];
}

/**
 * Reads one request, calls its handler and encodes the answer, length first. Undefined when no answer is due. Work that takes
 * longer than a slice continues in later turns.
 *
 * @throws {WireFormatError} for bytes that are not a request of this broker: the connection has to be closed
 */
export function answerRequest(
  broker: Broker,
  frame: Buffer,
  client: Client,
  options: AnswerOptions = {},
): Buffer[] | undefined | Promise<Buffer[] | undefined> {
  if (frame.length < FIXED_HEADER_BYTES) throw new WireFormatError(`request of ${frame.length} bytes`);
  const key = frame.readInt16BE(0);
  const version = frame.readInt16BE(2);
  const correlationId = frame.readInt32BE(4);
  const handler = handlerOf(key);
  if (!handler) throw new WireFormatError(`request key ${key} is not supported`);
  if (client.login && !mayBeSent(key, client.login)) {
    throw new WireFormatError(`${handler.api.name} before the login`);
  }
  const [first, last] = handler.versions;
  const began = performance.now();
  const encode = (response: unknown, inVersion = version) =>
    inTurns(encodeAnswer(handler, inVersion, correlationId, response));
  if (version < first || version > last) {
    // A client that is newer than the broker sends its own version and learns the versions: the answer is in version 0.
    if (key === ApiVersions.key) return encode(unsupportedApiVersions(), 0);
    throw new WireFormatError(`version ${version} of ${handler.api.name} is not supported`);
  }

  const note = (isFailed: boolean) =>
    broker.metrics.noteRequest(handler.api.name, (performance.now() - began) / 1_000, isFailed);
  const finish = (response: unknown) => {
    note(false);
    if (response === undefined) return undefined;
    // Quickly found means quickly encoded; steps would cost more than the work.
    if (performance.now() - began < QUICK_MS)
      return atOnce(encodeAnswer(handler, version, correlationId, response, true));
    return encode(response);
  };
  const fail = (error: unknown): never => {
    note(true);
    throw error;
  };
  try {
    const response = inTurns(handle(broker, handler, frame, client, options));
    return response instanceof Promise ? response.then(finish, fail) : finish(response);
  } catch (error) {
    return fail(error);
  }
}

function* handle(
  broker: Broker,
  handler: RequestHandler,
  frame: Buffer,
  client: Client,
  { forcedError, onHandled, onHeld = () => {}, slabs }: AnswerOptions,
): Steps<unknown> {
  const { api } = handler;
  const version = frame.readInt16BE(2);
  const reader = new ByteReader(frame, 0, REQUEST_ELEMENTS_MAX);
  const header = RequestHeader.read(reader, api.request.isFlexible(version) ? FLEXIBLE_HEADER : PLAIN_HEADER);
  const request =
    frame.length <= SMALL_REQUEST_BYTES
      ? api.request.read(reader, version)
      : yield* api.request.readInSteps(reader, version);
  const clientId = header.clientId ?? '';
  const access = accessOf(broker, client);
  const context = { broker, version, clientId, client, access, advertised: advertisedVersions, hold: onHeld, slabs };
  const screened = broker.authorizer.allowsAll ? undefined : screenRequest(broker, client, api.key, request, access);
  const errorCode = forcedError ?? screened?.refusal ?? coordinatorError(broker, api.key, request);
  if (errorCode !== undefined) {
    onHandled?.();
    return refuseRequest(broker, client, api.key, request, errorCode);
  }
  const handled = handler.handle(screened?.request ?? request, context);
  const response = isSteps(handled) ? yield* handled : handled;
  onHandled?.();
  if (!screened) return response;
  return response instanceof Promise ? response.then(screened.complete) : screened.complete(response);
}

function accessOf({ authorizer, topics }: Broker, client: Client): Access {
  return {
    may: (...access) => authorizer.isAllowed(client, ...access),
    mayWriteSomewhere: () => authorizer.isAllowedToWriteSomewhere(client),
    topicName: (topicId) => topics.byId(topicId)?.name ?? null,
  };
}

/** Before its login a client requests the versions and chooses a mechanism, then it sends the messages of the mechanism. */
function mayBeSent(key: number, login: Login): boolean {
  if (login.isAuthenticated) return true;
  if (login.isInExchange) return key === SaslAuthenticate.key;
  return !login.hasFailed && (key === ApiVersions.key || key === SaslHandshake.key);
}

function isSteps(handled: unknown): handled is Steps<unknown> {
  return typeof handled === 'object' && handled !== null && Symbol.iterator in handled && 'next' in handled;
}

function coordinatorError({ faults }: Broker, key: number, request: unknown): number | undefined {
  if (!faults.hasMovedCoordinators) return undefined;
  const hasMoved = coordinatedBy(key, request).some((each) => faults.hasMoved(each));
  return hasMoved ? ErrorCode.NOT_COORDINATOR : undefined;
}

function* encodeAnswer(
  handler: RequestHandler,
  version: number,
  correlationId: number,
  response: unknown,
  isQuick = false,
): Steps<Buffer[]> {
  const { response: codec, key } = handler.api;
  const writer = new ByteWriter();
  writer.int32(correlationId);
  // ApiVersions is answered with the oldest header: the client does not know the broker's versions yet.
  if (codec.isFlexible(version) && key !== ApiVersions.key) writer.unsignedVarint(0);
  if (isQuick) codec.write(writer, version, response);
  else yield* codec.writeInSteps(writer, version, response);
  const length = Buffer.alloc(4);
  length.writeInt32BE(writer.size);
  return [length, ...writer.finish()];
}
