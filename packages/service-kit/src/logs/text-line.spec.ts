import { expect, it } from 'vitest';
import { StructuredLogger } from './structured-logger.ts';

function logged(write: (logger: StructuredLogger) => void, instance?: string): string {
  let written = '';
  const destination = { write: (line: string) => void (written += line) };
  write(new StructuredLogger({ service: 'mail-service', level: 'info', format: 'text', instance, destination }));
  return written;
}

const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;

it('a line as text has time, level, service, context, message and fields, and is masked like one of JSON', () => {
  const line = logged(
    (logger) => logger.warn({ rows: 3, to: 'jin@example.com', why: 'a b' }, 'published', 'Relay'),
    '2',
  );
  expect(line).toMatch(
    new RegExp(String.raw`^${TIME} WARN  mail-service/2 \[Relay\] published rows=3 to=\*\*\* why="a b"\n$`),
  );
});

it('the stack of an error follows on indented lines', () => {
  const err = Object.assign(new Error('broken'), { code: 'E1' });
  const [line, ...stack] = logged((logger) => logger.error({ err }, 'request failed', 'Http'))
    .trimEnd()
    .split('\n');
  expect(line).toMatch(new RegExp(`^${TIME} ERROR mail-service .Http. request failed code=E1$`));
  expect(stack[0]).toBe('    Error: broken');
  for (const each of stack) expect(each).toMatch(/^ {4}\S/);
});

it('a text with a line break cannot look like a second line of the log', () => {
  const lines = logged((logger) => logger.log({ a: 'x\nFATAL y' }, 'one\nFATAL two', 'Test'))
    .trimEnd()
    .split('\n');
  expect(lines).toEqual([expect.stringMatching(/one a="x\\nFATAL y"$/), '    FATAL two']);
});
