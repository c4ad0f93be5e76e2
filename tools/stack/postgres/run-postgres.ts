import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { PostgresSettlement } from './settle-postgres.ts';
import { asUser } from './postgres-user.ts';

export interface PostgresRun {
  readonly dataFolder: string;
  readonly port: number;
  readonly stdio: StdioOptions;
  /** Settings on top of the ones below. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** The server for a laptop with three small services on it. fsync stays on: what was answered is kept. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // Paths of sockets are bounded to about 100 bytes and a checkout may lie deeper; loopback does everything we need.
  unix_socket_directories: '',
  // Twenty for each of three services and of the instances that tests add, and a few for operators.
  max_connections: 200,
  shared_buffers: '32MB',
  // Worker processes for reading ahead cost memory, and there is little to read.
  io_method: 'sync',
  // A line per checkpoint is noise here.
  log_checkpoints: 'off',
};

/** Runs the server in the foreground, as a child. It ends at once, and in order, on SIGINT. */
export function runPostgres({ binaries, user }: PostgresSettlement, options: PostgresRun): ChildProcess {
  const settings = { ...SETTINGS, ...options.settings, port: options.port };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(binaries.postgres, ['-D', options.dataFolder, ...args], {
    ...asUser(user),
    // Ctrl-C in a terminal reaches the supervisor, which stops the server after its clients.
    detached: true,
    stdio: options.stdio,
    env: { ...process.env, LC_ALL: 'C' },
  });
}
