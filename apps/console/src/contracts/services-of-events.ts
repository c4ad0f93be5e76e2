import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The services that publish a version of an event, and the consumer groups that consume it. */
export interface ServicesOfEvent {
  readonly publishers: readonly string[];
  readonly consumers: readonly string[];
}

const contract = z.object({
  name: z.string(),
  version: z.number(),
  publishers: z.array(z.string()),
  consumers: z.array(z.string()),
});

/** `contracts/` of the repository, four folders up from the sources as from the compiled server. */
const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'contracts');

/**
 * From the contracts that the repository keeps, which a check holds equal to what the services do. Without the folder, nothing
 * is known: the catalog names events, not those who use them.
 */
export function readServicesOfEvents(folder = FOLDER): ReadonlyMap<string, ServicesOfEvent> {
  const found = new Map<string, ServicesOfEvent>();
  for (const file of filesIn(folder)) {
    const read = contract.safeParse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    if (read.success) found.set(`${read.data.name} v${read.data.version}`, read.data);
  }
  return found;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
}
