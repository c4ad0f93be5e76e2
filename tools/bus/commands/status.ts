import { missingMigrations } from '../../../packages/messaging-client/src/migrations.ts';
import { formatDuration } from '../../../packages/messaging-client/src/format-duration.ts';
import { OUTBOX_SHARDS } from '../../../packages/messaging-client/src/outbox/outbox-table.ts';
import { readStats } from '../../../packages/messaging-client/src/stats/read-stats.ts';
import type { Stats } from '../../../packages/messaging-client/src/stats/read-stats.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import type { Database } from '../database/open-database.ts';
import { EXIT } from '../problem.ts';

/** An outbox is published within milliseconds; after so long something is wrong. */
const LAG_SECONDS_MAX = 60;

interface ServiceStatus {
  readonly service: string;
  /** null where the tables are not there, or are of an older version. */
  readonly stats: Stats | null;
  readonly missingMigrations: readonly string[];
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

export const status: Command = {
  name: 'status',
  summary: 'Whether outbox, inbox and tables of the services are as they should be; for scripts.',
  options: {
    service: { type: 'string', value: 'NAME', help: 'only of this service' },
    'max-lag': { type: 'string', value: 'SECONDS', help: `how long a row may wait; ${LAG_SECONDS_MAX} when not given` },
  },
  notes: [
    'Exit code 0: everything is fine. 1: migrations have not run, a row waits for too long or is rejected, no instance relays rows',
    'that wait, or a dead letter is open.',
  ],
  examples: ['status', 'status --service order-service --max-lag 300 --json'],
  run: showStatus,
};

async function showStatus({ given, settings, output }: Call): Promise<0 | 1> {
  const lagSecondsMax = given.count('max-lag', { otherwise: LAG_SECONDS_MAX, max: Number.MAX_SAFE_INTEGER });
  const services = await inEach(settings.databasesOf(given.text('service')), async (database) =>
    statusOf(database, lagSecondsMax),
  );
  const isFine = services.every(({ problems }) => problems.length === 0);
  output.answer({ ok: isFine, services }, () => {
    output.table(
      ['service', 'pending', 'ready', 'rejected', 'lag', 'relayed shards', 'parked', 'claimed', 'dead letters'],
      services.map(({ service, stats }) => [
        service,
        stats?.pending,
        stats?.ready,
        stats?.rejected,
        stats === null || stats.pending === 0 ? '-' : formatDuration(stats.lagMs),
        stats?.shardsHeld,
        stats?.parked,
        stats?.claimed,
        stats?.deadLetters,
      ]),
    );
    for (const { service, problems } of services)
      for (const problem of problems) output.say(`✗ ${service}: ${problem}`);
    if (isFine) output.say('✓ everything is fine');
  });
  return isFine ? EXIT.fine : EXIT.problem;
}

async function statusOf({ service, query }: Database, lagSecondsMax: number): Promise<ServiceStatus> {
  const missing = await missingMigrations(query, service);
  if (missing.length > 0) {
    const problem = `${missing.length} migrations have not run: ${missing.join(', ')}`;
    return { service, stats: null, missingMigrations: missing, problems: [problem] };
  }
  const stats = await readStats(query, service);
  return { service, stats, missingMigrations: missing, problems: problemsOf(stats, lagSecondsMax) };
}

function problemsOf({ pending, rejected, lagMs, shardsHeld, deadLetters }: Stats, lagSecondsMax: number): string[] {
  const problems: string[] = [];
  if (lagMs > lagSecondsMax * 1_000) problems.push(`the oldest pending row has waited for ${formatDuration(lagMs)}`);
  if (rejected > 0) problems.push(`the broker rejects ${rejected} rows, or earlier ones of their keys`);
  if (pending > 0 && shardsHeld < OUTBOX_SHARDS) {
    problems.push(`rows are pending, and instances relay ${shardsHeld} of ${OUTBOX_SHARDS} shards`);
  }
  if (deadLetters > 0) problems.push(`${deadLetters} dead letters are open`);
  return problems;
}
