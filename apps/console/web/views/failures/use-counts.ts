import type { FailureCounts } from '../../../src/api.ts';
import { useResource } from '../../state/use-resource.ts';

const REFRESH_MS = 2_000;

/** Of all services; null while they are not known. */
export function useCounts(): FailureCounts | null {
  return useResource<FailureCounts>('/api/failures/counts', REFRESH_MS).value;
}
