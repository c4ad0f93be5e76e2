import { ErrorCode } from '../wire/error-code.ts';
import { ApiVersions } from '../wire/generated/api-versions.ts';
import type { ApiVersionsResponse } from '../wire/generated/api-versions.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 4. The first request of every client: which requests, in which versions.

const VERSIONS = [0, 4] as const;

export const apiVersions = defineRequest(ApiVersions, VERSIONS, (_request, { advertised }) => ({
  errorCode: ErrorCode.NONE,
  apiKeys: advertised(),
}));

/** For a request in an unknown version (KIP-511): the client learns the versions of ApiVersions alone. */
export function unsupportedApiVersions(): ApiVersionsResponse {
  const [minVersion, maxVersion] = VERSIONS;
  return { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [{ apiKey: ApiVersions.key, minVersion, maxVersion }] };
}
