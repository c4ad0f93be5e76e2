import type { System } from '../harness/start-stack.ts';

/** Of both services that publish: the longest time in which nothing was published although something waited, and its backlog. */
export interface Pause {
  readonly unavailableMs: number;
  readonly waitedMost: number;
}

const PUBLISHERS: readonly string[] = ['member-service', 'order-service'];

/**
 * How long writes to the cluster were held up since then, as the outboxes saw it: from the commit of a row to its
 * acknowledgement by the broker, at worst, and how many rows waited at once, at most.
 */
export async function pauseSince(system: System, since: Date): Promise<Pause> {
  const each = await Promise.all(
    PUBLISHERS.map(async (service) => {
      const [row] = await system.query<{ ms: number | null; most: number | null }>(
        service,
        `WITH recent AS (SELECT created_at, published_at FROM outbox WHERE published_at >= $1),
              moments AS (SELECT created_at AS at, 1 AS step FROM recent UNION ALL SELECT published_at, -1 FROM recent),
              waiting AS (SELECT sum(step) OVER (ORDER BY at, step) AS count FROM moments)
         SELECT (SELECT max(extract(epoch FROM published_at - created_at) * 1000)::float FROM recent) AS ms,
                (SELECT max(count)::int FROM waiting) AS most`,
        [since],
      );
      return { ms: row?.ms ?? 0, most: row?.most ?? 0 };
    }),
  );
  return {
    unavailableMs: Math.round(Math.max(...each.map(({ ms }) => ms))),
    waitedMost: each.reduce((sum, { most }) => sum + most, 0),
  };
}

/** Rows that the broker has not acknowledged yet. */
export async function waitingNow(system: System): Promise<number> {
  const counts = await Promise.all(
    PUBLISHERS.map((service) =>
      system.query<{ count: number }>(service, 'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL'),
    ),
  );
  return counts.reduce((sum, [row]) => sum + (row?.count ?? 0), 0);
}

/** Shown in the output: what the test measured, besides that it passed. */
export function report(what: string, figures: Readonly<Record<string, number | string>>): void {
  const listed = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
  process.stdout.write(`  ▸ ${what}: ${listed.join(', ')}\n`);
}
