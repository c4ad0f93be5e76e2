import { describe, expect, it } from 'vitest';
import { currentTrace } from './scope.ts';
import { runInTrace } from './spans.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the trace context', () => {
  it('goes on in the same trace with a span of its own, across awaits', async () => {
    const inside = await runInTrace(PARENT, async () => {
      await Promise.resolve();
      return currentTrace()!;
    });
    expect(inside.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(inside.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  });

  it.each([undefined, '', 'garbage', '00-00000000000000000000000000000000-b7ad6b7169203331-01'])(
    'starts a new trace from %j',
    (parent) => {
      expect(runInTrace(parent, () => currentTrace()!.traceId)).toMatch(/^[0-9a-f]{32}$/);
      expect(runInTrace(parent, () => currentTrace()!.traceId)).not.toBe('0'.repeat(32));
    },
  );
});
