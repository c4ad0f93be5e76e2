import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Usage } from '../systems/system.ts';
import type { BrokerSwitch } from './experiment.ts';
import { usageOfProcesses } from './usage.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'log-broker', 'bin', 'log-broker.mjs');

/** Expired messages go at once, and not within the minutes that are usual. */
const RETENTION_CHECKS = ['--retention-check-interval-ms', '1000'];

/** log-broker in a process of its own, on data that are deleted at the end. */
export class OwnLogBroker implements BrokerSwitch {
  address = '127.0.0.1:0';
  readonly #data = mkdtempSync(join(tmpdir(), `event-bus-lab-${process.pid}-`));
  #process: ChildProcess | undefined;

  /** Again on the same address after a kill. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [MAIN, '--listen', this.address, '--data', this.#data, '--log-level', 'error', ...RETENTION_CHECKS],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = child;
    for await (const line of createInterface(child.stdout)) {
      const address = /^ready on (\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      this.address = address;
      child.stdout.resume();
      return;
    }
    throw new Error('log-broker ended before it was ready');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async close(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#data, { recursive: true, force: true });
  }

  usage(): Usage {
    return usageOfProcesses([this.#process!.pid!], this.#data);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
