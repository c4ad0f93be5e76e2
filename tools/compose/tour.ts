/**
 * The tour that `npm start` gives, of the system that `docker compose up -d --wait` has started: a sign-up and an order
 * through all five steps, with evidence for each.
 *
 *     npm run tour -- --compose [--project NAME]
 */
import { parseArgs } from 'node:util';
import type { Stack } from '../stack/start-stack.ts';
import { SERVICES } from '../stack/services.ts';
import { done, say, table, title, trouble } from '../start/screen.ts';
import { TourStopped } from '../start/tour-stopped.ts';
import { giveTour } from '../start/tour.ts';
import { ComposedSystem } from './composed-system.ts';
import { Compose } from './docker.ts';

const { values: options } = parseArgs({
  options: {
    // The other tour is a part of `npm start`.
    compose: { type: 'boolean', default: true },
    project: { type: 'string' },
  },
});

try {
  const system = await ComposedSystem.find(new Compose({ project: options.project }));
  // Of a stack, the tour uses these addresses and nothing else.
  await giveTour(system as Pick<Stack, 'broker' | 'url' | 'databaseUrl'> as Stack);
  title('Where it is');
  table([
    ...SERVICES.map((name) => [name, system.url(name)]),
    ['inbox', system.url('maildev')],
    ['SMTP', system.url('smtp')],
    [system.brokerParts.join(', '), system.brokers.join(', ')],
  ]);
  say();
  done('every step happened, in containers');
} catch (error) {
  trouble(error instanceof Error ? error.message : String(error));
  if (error instanceof TourStopped) say(`  docker compose logs ${error.part}`);
  process.exitCode = 1;
}
