/** A consumer that can be killed. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { CONNECT } from '../systems/connect.ts';
import type { Client, Settlement } from '../systems/system.ts';
import type { ConsumerOptions, ConsumerReport } from './consumer-options.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as ConsumerOptions;
const { system, address, queue, queueOptions, consume, crash, effects = '' } = options;

const client: Client = await CONNECT[system](address);
let handled = 0;
await client.open(queue, queueOptions).consume(consume, async ({ body }): Promise<Settlement> => {
  report({ begun: body });
  if (options.handler === 'hold') return new Promise<Settlement>(() => {});
  handled++;
  if (crash?.atMessage === handled && crash.point === 'before the work') process.kill(process.pid, 'SIGKILL');
  const known = options.remembers === true && existsSync(effects) ? readFileSync(effects, 'utf8').split('\n') : [];
  // Written before the call returns: what is in the file when the process is killed did happen.
  if (!known.includes(body)) appendFileSync(effects, `${body}\n`);
  if (crash?.atMessage === handled && crash.point === 'after the work') process.kill(process.pid, 'SIGKILL');
  return 'done';
});

report({ ready: true });

function report(message: ConsumerReport): void {
  process.send!(message);
}

// The process that started it has ended.
process.once('disconnect', () => process.exit(0));
