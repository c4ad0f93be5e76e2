import { join } from 'node:path';
import { awaitLogLine } from '../await-answer.ts';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { spawnNode } from '../spawn-node.ts';
import type { StackContext } from '../stack-context.ts';

const STOP_WITHIN_MS = 2_000;

const FLAGS = ['--max-semi-space-size=1', '--optimize-for-size', '--no-warnings'];

/** The gateway for text messages, and the page with what it has taken. */
export function smsGateway({ dataFolder, ports, partEnv }: StackContext): PartDefinition {
  const log = new LogFile(join(dataFolder, 'logs', 'sms-gateway.log'));
  const listen = (): string => `127.0.0.1:${ports.get('sms-gateway')}`;
  return {
    name: 'sms-gateway',
    address: () => `http://${listen()}`,
    log,
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_WITHIN_MS,
    spawn: (output) =>
      spawnNode({
        script: join('tools', 'sms-gateway', 'main.ts'),
        args: [`--listen=${listen()}`, `--data=${join(dataFolder, 'sms-gateway')}`],
        flags: FLAGS,
        env: partEnv('sms-gateway'),
        output,
      }),
    awaitReady: (signal) => awaitLogLine(log, /^ready on /m, signal),
    move: () => ports.change('sms-gateway'),
  };
}
