import { writeSync } from 'node:fs';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One thing that happened, with its facts. */
export type Logger = (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>) => void;

export const silentLogger: Logger = () => {};

const WEIGHT: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON object a line: `time`, `level`, `message` and the facts. */
export function jsonLogger(write: (line: string) => void, least: LogLevel): Logger {
  return (level, message, facts) => {
    if (WEIGHT[level] < WEIGHT[least]) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...facts })}\n`);
  };
}

/**
 * Writes lines to a descriptor. One that cannot be written, as on a full disk or to a reader that has gone, is lost and
 * counted; how many is logged when lines can be written again. A broker does its work without a log.
 */
export function lineWriter(descriptor: number): (line: string) => void {
  let lost = 0;
  return (line) => {
    try {
      // Behind a line break, because the line before may have been written in part.
      writeSync(descriptor, lost > 0 ? `\n${line}` : line);
    } catch {
      lost++;
      return;
    }
    if (lost === 0) return;
    const before = lost;
    lost = 0;
    jsonLogger(lineWriter(descriptor), 'warn')('warn', 'log lines were lost: they could not be written', {
      lines: before,
    });
  };
}
