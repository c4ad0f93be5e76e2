import type { Broker } from '../broker.ts';
import type { Address } from '../config.ts';
import type { AnswerSlabs } from '../slab-pool.ts';
import type { Login } from '../security/login.ts';
import type { Steps } from '../turns.ts';
import type { Api } from '../wire/message-schema.ts';

/** The other end of a connection. */
export interface Client {
  readonly host: string;
  /** The address advertised to it, which depends on the listener that it uses. */
  readonly brokerAddress: Address;
  /** As Kafka has it: `User:` and the name of its login or the subject of its certificate, `User:ANONYMOUS` without. */
  readonly principal: string;
  /** On a listener that requires a login. */
  readonly login?: Login | undefined;
}

/** What the client of a request may do, by its access control entries. */
export interface Access {
  readonly may: (operation: number, resourceType: number, resourceName: string) => boolean;
  /** Whether there is a topic that it may write to. */
  readonly mayWriteSomewhere: () => boolean;
  /** Null for an id that no topic has. */
  readonly topicName: (topicId: string) => string | null;
}

/** The client of a request, and its version. */
export interface RequestContext {
  readonly broker: Broker;
  readonly version: number;
  readonly clientId: string;
  readonly client: Client;
  readonly access: Access;
  /** The requests this broker answers, for ApiVersions. */
  readonly advertised: () => AdvertisedVersion[];
  /** Takes bytes of the answer from the budget until it is sent; negative bytes are released. */
  readonly hold: (bytes: number) => void;
  /** For bytes of the answer, if the connection has buffers that it uses again. */
  readonly slabs: AnswerSlabs | undefined;
}

export interface AdvertisedVersion {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface RequestHandler<Request = unknown, Response = unknown> {
  readonly api: Api<Request, Response>;
  /** Versions answered, first and last. */
  readonly versions: readonly [first: number, last: number];
  /** First version listed by ApiVersions, where that is not the first answered. */
  readonly advertisedFrom: number;
  /**
   * Undefined when the protocol has no answer (acks=0). Large requests are handled in steps, so that other clients do not
   * wait.
   */
  handle(request: Request, context: RequestContext): Handled<Response> | Steps<Handled<Response>>;
}

type Handled<Response> = Response | undefined | Promise<Response | undefined>;

export function defineRequest<Request, Response>(
  api: Api<Request, Response>,
  versions: readonly [first: number, last: number],
  handle: RequestHandler<Request, Response>['handle'],
  advertisedFrom = versions[0],
): RequestHandler<Request, Response> {
  return { api, versions, handle, advertisedFrom };
}
