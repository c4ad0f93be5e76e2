import { describeBus } from '../test/bus-conformance.ts';
import { startBus } from '../test/start-bus.ts';

describeBus(`${process.env['KAFKA_BOOTSTRAP'] ?? 'log-broker'} by kafkajs`, async () => startBus('kafkajs'));
