import { OutboxRelay } from '@event-bus/messaging-client';
import { Injectable, Optional } from '@nestjs/common';
import { notReady, Readiness } from './readiness.ts';

/**
 * A service that the broker rejects is not ready, so that a roll-out with wrong settings stops. One whose broker is unavailable
 * is ready and warns: it answers requests, and its events wait in the outbox.
 */
@Injectable()
export class BrokerReadiness {
  constructor(readiness: Readiness, @Optional() relay?: OutboxRelay) {
    if (relay === undefined) return;
    readiness.add('broker', async () => {
      const { error, ...health } = relay.health();
      if (error === undefined) return health;
      const reason = (error.cause as Error).message;
      return error.code === 'BROKER_LOGIN_REFUSED'
        ? notReady('broker-rejects-login', health.detail, { reason })
        : notReady('broker-not-trusted', health.detail, { reason });
    });
  }
}
