import { runInTrace } from '@event-bus/messaging-client';
import { describe, expect, it } from 'vitest';
import { StructuredLogger } from './structured-logger.ts';

function newLogger(level = 'debug'): { logger: StructuredLogger; lines: Array<Record<string, unknown>> } {
  const lines: Array<Record<string, unknown>> = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: new StructuredLogger({ service: 'member-service', level, instance: '2', destination }), lines };
}

describe('StructuredLogger', () => {
  it('writes one JSON object a line, with level, time, service, instance and context', () => {
    const { logger, lines } = newLogger();
    logger.log('hello', 'Greeter');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        service: 'member-service',
        instance: '2',
        context: 'Greeter',
        msg: 'hello',
      }),
    ]);
    expect(lines[0]!['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('takes fields and a text in the order of pino, as Nest passes them on', () => {
    const { logger, lines } = newLogger();
    logger.warn({ rows: 3 }, 'published', 'Relay');
    expect(lines[0]).toMatchObject({ level: 'warn', rows: 3, msg: 'published', context: 'Relay' });
  });

  it('keeps the stack of an error, given as an error or as text', () => {
    const { logger, lines } = newLogger();
    logger.error({ err: new Error('broken') }, 'request failed', 'Http');
    logger.error('broken', 'Error: broken\n    at here', 'Nest');
    expect(lines[0]).toMatchObject({ msg: 'request failed', err: { message: 'broken', type: 'Error' } });
    expect(lines[1]).toMatchObject({ msg: 'broken', stack: 'Error: broken\n    at here', context: 'Nest' });
  });

  it('does not take a lone text for a context', () => {
    const { logger, lines } = newLogger();
    logger.log('hello');
    expect(lines[0]).toMatchObject({ msg: 'hello' });
  });

  it('names the trace it belongs to', () => {
    const { logger, lines } = newLogger();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    runInTrace(`00-${traceId}-b7ad6b7169203331-01`, () => logger.log('inside', 'Test'));
    logger.log('outside', 'Test');
    expect(lines[0]).toMatchObject({ traceId });
    expect(lines[1]).not.toHaveProperty('traceId');
  });

  it('leaves Nest’s wiring to the debug level', () => {
    const { logger, lines } = newLogger('info');
    logger.log('AppModule dependencies initialized', 'InstanceLoader');
    expect(lines).toEqual([]);
  });
});
