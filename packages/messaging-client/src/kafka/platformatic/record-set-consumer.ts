import { Consumer, kGetApi, Reader, ResponseError } from '@platformatic/kafka';
import type { API, Callback, Connection } from '@platformatic/kafka';
import { readFetchResponse } from '../record-set/fetch-response.ts';
import type { FetchResponse, PartitionResponse } from '../record-set/fetch-response.ts';

/** The library's shape of a Fetch response, with the bytes of each partition instead of its batches. */
export interface RecordSetResponse {
  readonly errorCode: number;
  readonly responses: ReadonlyArray<{
    readonly topicId: string;
    readonly partitions: ReadonlyArray<PartitionResponse & { readonly partitionIndex: number; readonly records: null }>;
  }>;
}

type FetchOptions = Parameters<Consumer['fetch']>[0];

/**
 * A consumer that fetches bytes. This replaces the library's decoder, which decodes a whole response, without a bound and without
 * verifying checksums, and fails the fetch of all partitions for one batch that it cannot decode, again and again.
 */
export class RecordSetConsumer extends Consumer {
  async fetchRecordSets(options: FetchOptions): Promise<RecordSetResponse> {
    return (await this.fetch(options)) as unknown as RecordSetResponse;
  }

  override [kGetApi]<Arguments extends unknown[], Response>(
    name: string,
    callback: Callback<API<Arguments, Response>>,
  ): void {
    super[kGetApi]<Arguments, Response>(name, (error, api) => {
      if (error !== null || name !== 'Fetch') callback(error, api);
      else callback(null, withRecordSets(api!));
    });
  }
}

/** The library's request is sent as it is; only the response is read here. */
function withRecordSets<Arguments extends unknown[], Response>(
  api: API<Arguments, Response>,
): API<Arguments, Response> {
  const fetch = (connection: Connection, ...rest: unknown[]): void => {
    const sendOnly = {
      send: (...[key, version, request, , requestTags, responseTags, callback]: Parameters<Connection['send']>) =>
        connection.send(
          key,
          version,
          request,
          (_correlationId, _key, _version, reader) => responseOf(key, version, reader),
          requestTags,
          responseTags,
          callback,
        ),
    };
    (api as unknown as (connection: object, ...rest: unknown[]) => void)(sendOnly, ...rest);
  };
  return Object.assign(fetch, { key: api.key, version: api.version }) as unknown as API<Arguments, Response>;
}

/** @throws ResponseError as the library does, with the response in it */
function responseOf(apiKey: number, version: number, reader: Reader): RecordSetResponse {
  const fetched = readFetchResponse(version, reader.buffer.slice(reader.position));
  const response = {
    throttleTimeMs: fetched.throttleMs,
    errorCode: fetched.errorCode,
    sessionId: fetched.sessionId,
    responses: fetched.topics.map(({ topic, partitions }) => ({
      topicId: topic,
      partitions: partitions.map((one) => ({ ...one, partitionIndex: one.partition, records: null })),
    })),
  };
  const errors = errorsOf(fetched);
  if (Object.keys(errors).length > 0) throw new ResponseError(apiKey, version, errors, response);
  return response;
}

function errorsOf({ errorCode, topics }: FetchResponse): Record<string, [number, null]> {
  const errors: Record<string, [number, null]> = {};
  if (errorCode !== 0) errors[''] = [errorCode, null];
  for (const [topicIndex, { partitions }] of topics.entries()) {
    for (const [index, partition] of partitions.entries()) {
      if (partition.errorCode === 0) continue;
      errors[`/responses/${topicIndex}/partitions/${index}`] = [partition.errorCode, null];
    }
  }
  return errors;
}
