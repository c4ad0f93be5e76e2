import { memberSignedUp } from '@event-bus/event-catalog';
import { deliver } from '@event-bus/messaging-client/testing';
import { kitExamples } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { callDocumentedRoutes } from '@event-bus/test-kit/call-documented-routes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SmtpSink } from './testing/smtp-sink.ts';
import { startMailService } from './testing/start-mail-service.ts';
import type { StartedService } from '@event-bus/service-kit/testing';

let database: TestDatabase;
let sink: SmtpSink;
let service: StartedService;

beforeAll(async () => {
  [database, sink] = await Promise.all([createTestDatabase(), SmtpSink.start()]);
  service = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
});
afterAll(async () => {
  await service?.stop();
  await sink?.stop();
  await database?.drop();
});

it('every route is in the OpenAPI document, and answers as the document says', async () => {
  await deliver(service.app, memberSignedUp, memberSignedUp.example);
  await service.dataSource.query(
    `INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, reason, error, attempts, recorded_at)
     VALUES ('mail-service', 'member', 0, 7, 'k', '{', '[["a", "Yg=="]]', 'undecodable', 'not JSON', 1, now())`,
  );
  const wrong = await callDocumentedRoutes(service.url, {
    ...kitExamples('member.signed-up'),
    'GET /mails': [
      { path: `/mails?to=${memberSignedUp.example.email}`, status: 200 },
      { path: '/mails?colour=red', status: 400 },
    ],
  });
  expect(wrong).toEqual([]);
});
