import { join } from 'node:path';
import { awaitHttpOk } from '../await-answer.ts';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { NAMED_PART } from '../../services/other-parts.ts';
import type { Service } from '../../services/read-manifests.ts';
import { SMALL_C_HEAP, spawnNode } from '../spawn-node.ts';
import type { StackContext } from '../stack-context.ts';

/** A little longer than the 20 s that a service gives itself, SHUTDOWN_TIMEOUT_MS. */
export const SERVICE_STOP_WITHIN_MS = 22_000;

/**
 * Room for young objects: a start makes mostly what stays, and copying it around costs time; more than this costs memory
 * that the services of a laptop never use.
 */
const FLAGS = ['--min-semi-space-size=2', '--max-semi-space-size=4'];

export interface ServiceOptions {
  /** For a second one of its kind. */
  readonly instance?: { readonly id: string; readonly port: number };
}

/** A service, by the environment that all of them understand. */
export function service(
  { name, settings }: Service,
  context: StackContext,
  { instance }: ServiceOptions = {},
): PartDefinition {
  const { dataFolder, ports } = context;
  const partName = instance === undefined ? name : `${name}-${instance.id}`;
  const log = new LogFile(join(dataFolder, 'logs', `${partName}.log`));
  const port = (): number => instance?.port ?? ports.get(name);
  // Second instances have none: they show the same tables.
  const adminListen = instance === undefined ? (): string => `127.0.0.1:${ports.get(`${name}-admin`)}` : undefined;
  const address = (): string => `http://127.0.0.1:${port()}`;
  const addressOf = (part: string): string => `127.0.0.1:${ports.get(part)}`;
  return {
    name: partName,
    address,
    ...(adminListen && { adminAddress: () => `http://${adminListen()}` }),
    log,
    stopSignal: 'SIGTERM',
    stopWithinMs: SERVICE_STOP_WITHIN_MS,
    spawn: (output) =>
      spawnNode({
        script: join('apps', name, 'dist', 'main.js'),
        // Not for the service: by this its process is recognised as this stack's.
        args: [`--stack=${dataFolder}`],
        flags: FLAGS,
        output,
        env: {
          ...SMALL_C_HEAP,
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: String(port()),
          ...(adminListen && { ADMIN_LISTEN: adminListen() }),
          DATABASE_URL: context.databaseUrl(name),
          ...context.brokerAccess.settingsOf(name, context.brokerAddress()),
          ...Object.fromEntries(
            settings.map((setting) => [
              setting.name,
              setting.value.replaceAll(NAMED_PART, (_, part: string) => addressOf(part)),
            ]),
          ),
          ...(instance && { INSTANCE_ID: instance.id }),
          ...context.serviceEnv,
          ...context.partEnv(partName),
        },
      }),
    awaitReady: (signal) => awaitHttpOk(() => `${address()}/health/ready`, log, signal),
    // Either of them may be the one that is taken.
    move: async () => {
      await ports.change(name);
      if (instance === undefined) await ports.change(`${name}-admin`);
    },
  };
}
