import { formatDuration, OutboxBacklog } from '@event-bus/messaging-client';
import { Injectable, Optional } from '@nestjs/common';
import { Readiness } from './readiness.ts';

/** Reports what waits in the outbox. Rows wait while the broker is unavailable, so the service is ready nevertheless. */
@Injectable()
export class OutboxReadiness {
  constructor(readiness: Readiness, @Optional() backlog?: OutboxBacklog) {
    if (backlog === undefined) return;
    readiness.add('outbox', async () => {
      const { rows, oldestMs, warnings } = await backlog.read();
      const detail = rows === 0 ? 'none waiting' : `${rows} waiting, the oldest for ${formatDuration(oldestMs)}`;
      return { ready: true, detail, warnings };
    });
  }
}
