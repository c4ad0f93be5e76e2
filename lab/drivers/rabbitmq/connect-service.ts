import type { ConnectKafka } from '@event-bus/messaging-client';
import { changeBatches } from '../../../packages/messaging-client/test/change-batches.ts';
import { connectRabbitmq } from './connect-rabbitmq.ts';

const { LAB_BUS_URL: address = '', LAB_BUS_LOSES: loses } = process.env;

/** Of so many records one is lost in a run with sabotage. */
const LOST_OF = 5;

const connect: ConnectKafka = (_, clientId) => connectRabbitmq({ brokers: [address] }, clientId);

/** For a service, whose settings have no address of RabbitMQ. */
export const connectService =
  loses === undefined
    ? connect
    : changeBatches(connect, (batch) => ({
        ...batch,
        records: batch.records.filter(({ offset }) => Number(offset) % LOST_OF > 0),
      }));
