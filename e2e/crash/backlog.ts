import pg from 'pg';
import { takeFloors } from '../../packages/messaging-client/src/outbox/append-floor.ts';
import { OUTBOX_CHANNEL } from '../../packages/messaging-client/src/outbox/outbox-table.ts';
import type { Rig } from './rig.ts';

/** Keys of the backlog: enough that mails go out side by side, few enough that each has an order to keep. */
const RECIPIENTS = 100;

/** Of an ordinary letter. */
const TEXT_CHARACTERS = 4_000;

/**
 * Commands in order-service's outbox, all in one transaction: requests for them would take longer than the rest of the run.
 * It takes the floors that append() takes, without which a relay may pass the rows of a transaction that is still open.
 */
export async function pileUp({ system }: Rig, commands: number): Promise<void> {
  const client = new pg.Client({ connectionString: system.addresses.databases['order-service'] });
  await client.connect();
  try {
    await client.query('BEGIN');
    const keys = Array.from({ length: RECIPIENTS }, (_, recipient) => `backlog-${recipient}@example.com`);
    await client.query(takeFloors('$1::text[]'), [keys]);
    await client.query(
      `WITH letter AS (
         SELECT n, 'backlog-' || n % ${RECIPIENTS} || '@example.com' AS recipient,
                json_build_object('from', 'orders@event-bus.example', 'to', 'backlog-' || n % ${RECIPIENTS} || '@example.com',
                                  'subject', 'Letter ' || n, 'text', repeat('x', ${TEXT_CHARACTERS})) AS payload
           FROM generate_series(1, $1::int) AS n ORDER BY n)
       INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, payload_bytes)
       SELECT 'email', recipient, 'email.requested', 1, 'order-service', payload, octet_length(payload::text) FROM letter`,
      [commands],
    );
    await client.query(`NOTIFY ${OUTBOX_CHANNEL}`);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** Letters of it that mail-service has not sent. */
export async function backlogOf({ system }: Rig): Promise<number> {
  const [[commands], [mails]] = await Promise.all([
    system.query<{ count: number }>(
      'order-service',
      `SELECT count(*)::int AS count FROM outbox WHERE type = 'email.requested' AND aggregateid LIKE 'backlog-%'`,
    ),
    system.query<{ count: number }>(
      'mail-service',
      `SELECT count(*)::int AS count FROM mail WHERE recipient LIKE 'backlog-%' AND status = 'accepted'`,
    ),
  ]);
  return (commands?.count ?? 0) - (mails?.count ?? 0);
}
