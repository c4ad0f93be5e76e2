import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ConsumerOptions } from '../programs/consumer-options.ts';

const PROGRAM = join(import.meta.dirname, '..', 'programs', 'consume.ts');

export interface ConsumerProcess {
  /** What its handler was given so far. */
  readonly begun: readonly string[];
  /** Resolves when its handler began with so many messages, rejects when the process ends before. */
  hasBegun(messages: number): Promise<void>;
  /** Without warning. */
  kill(): Promise<void>;
  /** Resolves when it ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

/** A consumer in a process of its own, because only a process can be killed. */
export function startConsumerProcess(options: ConsumerOptions): ConsumerProcess {
  const child = fork(PROGRAM, [JSON.stringify(options)], {
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const begun: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const one of waiting) one();
  };
  child.on('message', (body) => {
    begun.push(body as string);
    wake();
  });
  let hasEnded = false;
  const ended = once(child, 'exit').then((exit) => {
    const [code, signal] = exit as [number | null, NodeJS.Signals | null];
    hasEnded = true;
    wake();
    if (code !== null && code !== 0) throw new Error(`the consumer ended with ${code}`);
    return signal;
  });
  ended.catch(() => {});
  return {
    begun,
    hasBegun: async (messages) => {
      while (begun.length < messages) {
        if (hasEnded) throw new Error('the consumer ended before it had received what it should');
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
    ended,
  };
}
