import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { residentMb } from '../../bench/harness/log-broker.ts';
import type { Text } from '../basics/text.ts';
import type { Client, Usage } from '../systems/system.ts';
import type { Lab } from './experiment.ts';

const BYTES_PER_BLOCK = 512;

/** What a broker takes now: by its own count where it has one. Empty where neither that nor its process is known. */
export async function usageOf(client: Client, { usage }: Lab): Promise<Usage> {
  return (await client.usage?.()) ?? usage?.() ?? {};
}

/** What was added between two times, in whole MB. */
export function growth(before: Usage, after: Usage): Usage {
  const grown = (name: keyof Usage): number => Math.round(after[name]! - before[name]!);
  return known({ memoryMb: grown('memoryMb'), diskMb: grown('diskMb') });
}

export function grownText(mb: number | undefined): Text {
  if (mb === undefined) return { en: 'not known', ko: '알 수 없음' };
  const signed = `${mb < 0 ? '−' : '+'}${Math.abs(mb).toLocaleString('en')}`;
  return { en: `${signed} MB`, ko: `${signed}MB` };
}

/** Of processes of this machine, and of a folder with their files. */
export function usageOfProcesses(pids: readonly number[], folder: string | undefined): Usage {
  return known({
    memoryMb: pids.length === 0 ? Number.NaN : pids.reduce((sum, pid) => sum + residentMb(pid), 0),
    diskMb: folder === undefined ? Number.NaN : folderMb(folder),
  });
}

function known(usage: Required<Usage>): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => !Number.isNaN(value)));
}

/** What its files occupy: Kafka creates large files that are empty at first. A file may be deleted meanwhile. */
function folderMb(folder: string): number {
  const blocks = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.blocks ?? 0,
  );
  return (blocks.reduce((sum, count) => sum + count, 0) * BYTES_PER_BLOCK) / 2 ** 20;
}
