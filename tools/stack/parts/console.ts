import { join } from 'node:path';
import { awaitHttpOk } from '../await-answer.ts';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { SMALL_C_HEAP, spawnNode } from '../spawn-node.ts';
import type { StackContext } from '../stack-context.ts';
import type { StackFileControl } from '../stack-file.ts';

/** It has no work to finish, and drops its streams at once. */
const STOP_WITHIN_MS = 2_000;

/**
 * At 1,000 events a second: a young generation of 4 MB instead of 2 and a heap that grows by 30 % instead of 20 take 6 MB more
 * and hardly less processor time; code of the baseline compiler takes 4 MB, and is replaced by optimized code soon anyway.
 */
const FLAGS = ['--max-semi-space-size=2', '--heap-growing-percent=20', '--no-sparkplug'];

/** The page that shows what becomes of each event. */
export function consolePart({
  dataFolder,
  ports,
  services,
  control,
  brokerAddress,
  brokerAccess,
  partEnv,
}: StackContext): PartDefinition {
  const log = new LogFile(join(dataFolder, 'logs', 'console.log'));
  const listen = (): string => `127.0.0.1:${ports.get('console')}`;
  const list = (address: (name: string) => string): string =>
    services.map((name) => `${name}=${address(name)}`).join(',');
  return {
    name: 'console',
    address: () => `http://${listen()}`,
    log,
    isOptional: true,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    spawn: (output) =>
      spawnNode({
        script: join('apps', 'console', 'dist', 'main.js'),
        args: [`--stack=${dataFolder}`],
        flags: FLAGS,
        output,
        env: {
          ...SMALL_C_HEAP,
          // Code out of the cache stays in memory, 5 MB of it; without the cache the console starts 50 ms later.
          NODE_DISABLE_COMPILE_CACHE: '1',
          CONSOLE_LISTEN: listen(),
          SERVICES: list((name) => `http://127.0.0.1:${ports.get(name)}`),
          SERVICES_ADMIN: list((name) => `http://127.0.0.1:${ports.get(`${name}-admin`)}`),
          ...brokerAccess.settingsOf('console', brokerAddress()),
          MAILDEV_URL: `http://127.0.0.1:${ports.get('maildev-web')}`,
          ...controlSettings(control()),
          ...partEnv('console'),
        },
      }),
    awaitReady: (signal) => awaitHttpOk(() => `http://${listen()}/api/about`, log, signal),
    move: () => ports.change('console'),
  };
}

function controlSettings(control: StackFileControl | undefined): Record<string, string> {
  return control === undefined ? {} : { STACK_CONTROL: control.address, STACK_CONTROL_TOKEN: control.token };
}
