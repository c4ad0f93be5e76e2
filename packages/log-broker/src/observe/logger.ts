import { writeSync } from 'node:fs';

/** How much a log line matters, the least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Logs one event with its fields. */
export type Logger = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const silentLogger: Logger = () => {};

const WEIGHT: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON object a line: `time`, `level`, `message` and the fields. */
export function jsonLogger(write: (line: string) => void, least: LogLevel): Logger {
  return (level, message, fields) => {
    if (WEIGHT[level] < WEIGHT[least]) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  };
}

/**
 * Writes lines to a descriptor. A line that cannot be written, as on a full disk or to a closed pipe, is dropped and
 * counted; the count is logged when lines can be written again. The broker runs on without its log.
 */
export function lineWriter(descriptor: number): (line: string) => void {
  let lost = 0;
  return (line) => {
    try {
      // After a line break, because the line before may have been written in part.
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
