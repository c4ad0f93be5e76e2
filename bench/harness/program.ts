import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAMS = join(import.meta.dirname, '..', 'programs');

/** A side of a bench in a process of its own, so that neither side runs on what the other has warmed up. */
export interface Program {
  readonly process: ChildProcess;
  /** Its next message. Rejects when it ends without one. */
  next<Message>(): Promise<Message>;
  send(message: object): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function startProgram(name: string, options: object): Program {
  // kafkajs computes a negative time-out where it means none, and newer Nodes warn about it (tulios/kafkajs#1751).
  const execArgv = ['--disable-warning=TimeoutNegativeWarning', ...profilerOf(name)];
  const child = fork(join(PROGRAMS, name), [JSON.stringify(options)], {
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const early: unknown[] = [];
  const waiting: Array<PromiseWithResolvers<unknown>> = [];
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  child.on('message', (message) => {
    const first = waiting.shift();
    if (first === undefined) early.push(message);
    else first.resolve(message);
  });
  child.once('exit', (code, signal) => {
    for (const one of waiting.splice(0)) one.reject(new Error(`${name} ended (${code ?? signal}) without an answer`));
  });
  return {
    process: child,
    next: async <Message>() => {
      if (early.length > 0) return early.shift() as Message;
      const one = Promise.withResolvers<unknown>();
      if (ended()) one.reject(new Error(`${name} has ended`));
      else waiting.push(one);
      return one.promise as Promise<Message>;
    },
    send: (message) => child.send(message),
    stop: async (signal = 'SIGTERM') => {
      if (ended()) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}

/** Runs it to its one answer. */
export async function runProgram<Answer>(name: string, options: object): Promise<Answer> {
  const program = startProgram(name, options);
  try {
    return await program.next<Answer>();
  } finally {
    await program.stop();
  }
}

/** BENCH_CPU_PROF=FOLDER leaves a profile of every program that ends in order. */
function profilerOf(name: string): string[] {
  const folder = process.env['BENCH_CPU_PROF'];
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];
}
