interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly service: string;
  readonly instance?: string;
  readonly pid: number;
  readonly context?: string;
  readonly msg: string;
  readonly stack?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

/**
 * A line of JSON as text for people: `2026-11-28T10:00:00.000Z WARN  mail-service [Relay] published rows=3`. The lines of a
 * stack follow, indented: what is not indented is the start of a line of the log.
 */
export function textLine(json: string): string {
  const { level, time, service, instance, pid: _, context, msg, stack, err, ...fields } = JSON.parse(json) as LogLine;
  const { type: _type, message: _message, stack: errorStack, ...ofError } = err ?? {};
  const shown = Object.entries({ ...fields, ...ofError }).map(([name, value]) => `${name}=${shownValue(value)}`);
  const name = instance === undefined ? service : `${service}/${instance}`;
  const start = [time, level.toUpperCase().padEnd(5), name, ...(context === undefined ? [] : [`[${context}]`])];
  const [first = '', ...rest] = [msg, stack, errorStack]
    .filter((text) => text !== undefined && text !== '')
    .join('\n')
    .split('\n');
  const lines = [[...start, first, ...shown].join(' '), ...rest.map((line) => `    ${line.trimStart()}`)];
  return `${lines.join('\n')}\n`;
}

/** Quoted where it would not end at the next space. */
function shownValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
