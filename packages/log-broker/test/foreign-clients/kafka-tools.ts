import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isOnPath, runCommand } from './run-command.ts';

/** A folder with the jars of an Apache Kafka, its tools included. */
const libs = process.env.KAFKA_LIBS;

export const HAS_KAFKA_TOOLS = libs !== undefined && isOnPath('java');

/** Small and quick to start: each tool is a short-lived process. */
const JVM_OPTIONS = ['-Xmx192m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Drk.level=WARN'];

export function javaArguments(mainClass: string, args: readonly string[], options = JVM_OPTIONS): string[] {
  const classPath = [join(libs ?? '', '*'), libs ?? ''].join(delimiter);
  return [...options, '-cp', classPath, mainClass, ...args];
}

/** Runs one of Kafka's own programs by the name of its class, and returns its output. */
export async function kafkaTool(mainClass: string, args: readonly string[], input = ''): Promise<string> {
  return runCommand('java', javaArguments(mainClass, args), input);
}

/** Output of the verifiable programs, a line of JSON each. */
interface ToolEvent {
  readonly name: string;
  readonly acked?: number;
  readonly count?: number;
  readonly partitions?: readonly unknown[];
}

export interface RunningTool {
  readonly events: readonly ToolEvent[];
  readonly ended: Promise<unknown>;
  /** Stops it, and waits until it has ended. */
  stop(): Promise<void>;
}

export function startKafkaTool(mainClass: string, args: readonly string[]): RunningTool {
  const child = spawn('java', javaArguments(mainClass, args), { stdio: ['ignore', 'pipe', 'ignore'] });
  // A failing test must not leave it running.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const events: ToolEvent[] = [];
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) events.push(JSON.parse(line) as ToolEvent);
  });
  return {
    events,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
