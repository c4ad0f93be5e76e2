import { join } from 'node:path';
import { eventCatalog } from '../../packages/event-catalog/src/index.ts';
import { CHECKOUT } from '../tidy/repository-files.ts';
import { judgeContracts } from './judge-contracts.ts';
import { servicesOfEvents } from './services-of-events.ts';
import { fileOf, readSnapshots, SnapshotUnreadable, writeSnapshot } from './snapshots.ts';
import type { Judgement, Refusal } from './judge-contracts.ts';

const FOLDER = join(CHECKOUT, 'contracts');

/** `npm run contracts -- check`. Returns the exit code. */
export function checkContracts(folder = FOLDER): number {
  return reportUnreadable(() => {
    const { refusals, toWrite } = judge(folder);
    if (refusals.length > 0) return reportRefusals(refusals);
    if (toWrite.length === 0) {
      console.log(`The catalog is as accepted: ${eventCatalog.length} events in contracts/.`);
      return 0;
    }
    console.log(`Allowed, and not yet accepted: ${toWrite.map((one) => `contracts/${fileOf(one)}`).join(', ')}.`);
    console.log('  → npm run contracts -- accept, and commit the files.');
    return 1;
  });
}

/** `npm run contracts -- accept`. Writes nothing if any change is refused. Returns the exit code. */
export function acceptContracts(folder = FOLDER): number {
  return reportUnreadable(() => {
    const { refusals, toWrite } = judge(folder);
    if (refusals.length > 0) return reportRefusals(refusals);
    for (const snapshot of toWrite) writeSnapshot(folder, snapshot);
    console.log(
      toWrite.length === 0
        ? 'Nothing to accept: the catalog is as accepted.'
        : `Accepted: ${toWrite.map((one) => `contracts/${fileOf(one)}`).join(', ')}.`,
    );
    return 0;
  });
}

function judge(folder: string): Judgement {
  return judgeContracts(eventCatalog, servicesOfEvents(), readSnapshots(folder));
}

function reportRefusals(refusals: readonly Refusal[]): number {
  console.error(refusals.map(refusalText).join('\n'));
  console.error(
    `\n${refusals.length} ${refusals.length === 1 ? 'change breaks' : 'changes break'} a contract. Nothing was accepted.`,
  );
  return 1;
}

export function refusalText({ event, rule, sentence, publishers, consumers, remedy }: Refusal): string {
  return [
    `✗ ${event}  ${rule}: ${sentence}.`,
    `  published by ${publishers.join(', ') || 'no service'}; consumed by ${consumers.join(', ') || 'no service'}`,
    `  → ${remedy}`,
  ].join('\n');
}

function reportUnreadable(act: () => number): number {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SnapshotUnreadable)) throw error;
    console.error(`✗ ${error.message}`);
    return 1;
  }
}
