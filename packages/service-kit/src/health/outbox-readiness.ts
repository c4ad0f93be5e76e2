import { OutboxBacklog } from '@event-bus/messaging-client';
import { Injectable, Optional } from '@nestjs/common';
import { Readiness } from './readiness.ts';

/** Says what waits in the outbox. It may wait for as long as the broker is away, so the service is ready all the same. */
@Injectable()
export class OutboxReadiness {
  constructor(readiness: Readiness, @Optional() backlog?: OutboxBacklog) {
    if (backlog === undefined) return;
    readiness.add('outbox', async () => {
      const { rows, oldestMs, warnings } = await backlog.read();
      const detail = `${rows} waiting, the oldest for ${Math.round(oldestMs)} ms`;
      return warnings.length === 0 ? { ready: true, detail } : { ready: true, detail, warnings };
    });
  }
}
