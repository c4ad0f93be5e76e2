import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { createCertificate } from '@event-bus/test-kit/certificate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import type { TestService } from '../../test/start-test-service.ts';
import { KAFKA_DRIVERS } from './kafka-settings.ts';

let database: TestDatabase;
let broker: TestBroker;
let service: TestService;

beforeEach(async () => {
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterEach(async () => {
  await service.stop();
  await broker.close();
  await database.drop();
});

describe.each(KAFKA_DRIVERS)('by %s', (driver) => {
  it('a login that the broker rejects: not ready, the detail says why, and rows wait', async () => {
    const testEvent = newTestEvent();
    service = await startTestService({
      databaseUrl: database.url,
      broker: broker.address,
      driver,
      // log-broker has no logins, so it rejects each.
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'wrong' },
      publishes: [testEvent],
    });
    expect(service.relay.health()).toEqual({
      ready: false,
      detail: expect.stringContaining('the broker rejected our login: '),
      error: expect.objectContaining({ code: 'BROKER_LOGIN_REFUSED', cause: expect.any(Error) }),
    });

    await service.publish(testEvent, { key: 'a', n: 1 });
    const rows = await service.dataSource.query('SELECT published_at FROM outbox');
    expect(rows).toEqual([{ published_at: null }]);
  });

  it('a broker whose certificate has expired: not ready, and the detail says so', async () => {
    const expired = createCertificate({ days: -1 });
    const server = createServer(expired).on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    service = await startTestService({
      databaseUrl: database.url,
      broker: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      driver,
      tls: { ca: expired.cert },
      publishes: [newTestEvent()],
    });
    expect(service.relay.health()).toEqual({
      ready: false,
      detail: expect.stringMatching(/^certificate verification failed: .*certificate has expired/),
      error: expect.objectContaining({ code: 'BROKER_NOT_TRUSTED', cause: expect.any(Error) }),
    });
    server.close();
  });

  it('a broker that does not answer has rejected nothing: ready, with a warning that it was never reached', async () => {
    const unused = '127.0.0.1:1';
    service = await startTestService({
      databaseUrl: database.url,
      broker: unused,
      driver,
      publishes: [newTestEvent()],
    });
    expect(service.relay.health()).toEqual({
      ready: true,
      detail: expect.stringMatching(/^never reached since the start at /),
      warnings: [expect.stringContaining('never reached')],
    });
  });
});
