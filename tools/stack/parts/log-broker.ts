import { join } from 'node:path';
import { awaitLogLine } from '../await-answer.ts';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { spawnNode } from '../spawn-node.ts';
import type { StackContext } from '../stack-context.ts';

/** It flushes its logs; what is acknowledged is safe before. */
const STOP_WITHIN_MS = 10_000;

/** The broker, which runs from its sources. */
export function logBroker({ dataFolder, ports, brokerAddress, brokerAccess, partEnv }: StackContext): PartDefinition {
  const healthAddress = (): string => `127.0.0.1:${ports.get('log-broker-health')}`;
  const log = new LogFile(join(dataFolder, 'logs', 'log-broker.log'));
  return {
    name: 'log-broker',
    address: brokerAddress,
    log,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    spawn: (output) =>
      spawnNode({
        script: join('packages', 'log-broker', 'bin', 'log-broker.mjs'),
        args: [
          ...brokerAccess.listenOptions(brokerAddress()),
          ...['--data', join(dataFolder, 'log-broker'), '--health', healthAddress()],
        ],
        env: partEnv('log-broker'),
        output,
      }),
    awaitReady: (signal) => awaitLogLine(log, /^ready on /m, signal),
    // Either of them may be the one that is taken.
    move: async () => {
      await ports.change('log-broker');
      await ports.change('log-broker-health');
    },
  };
}
