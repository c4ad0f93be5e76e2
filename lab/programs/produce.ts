/** A producer that can be killed: it sends numbered messages, and reports what was confirmed. */
import { CONNECT } from '../systems/connect.ts';
import type { Client } from '../systems/system.ts';
import type { ProducerOptions, ProducerReport } from './producer-options.ts';

const { system, address, queue, from, to, batch } = JSON.parse(process.argv[2] ?? '{}') as ProducerOptions;

// The process that started it has ended.
process.once('disconnect', () => process.exit(0));

const client: Client = await CONNECT[system](address);
const target = client.open(queue);
for (let first = from; first < to; first += batch) {
  const after = Math.min(first + batch, to);
  await target.send(Array.from({ length: after - first }, (_, n) => ({ key: 'key', body: String(first + n) })));
  const report: ProducerReport = { confirmedBelow: after };
  process.send!(report);
}
