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
