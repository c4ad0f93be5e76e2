import { isConnectionError, openBroker } from '@event-bus/messaging-client/inspect';
import type { Broker } from '@event-bus/messaging-client/inspect';
import { unreachable } from '../problem.ts';
import type { BrokerSetting } from '../../stack/broker-access.ts';

const REQUEST_TIMEOUT_MS = 15_000;

/** Connects, uses and disconnects. */
export async function withBroker<Result>(
  { addresses, setting, tls, sasl }: BrokerSetting,
  use: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  let broker: Broker | undefined;
  try {
    broker = await openBroker(
      { brokers: addresses, ...(tls !== undefined && { tls }), ...(sasl !== undefined && { sasl }) },
      { clientId: 'bus', requestTimeoutMs: REQUEST_TIMEOUT_MS },
    );
    return await use(broker);
  } catch (error) {
    throw isConnectionError(error) ? unreachable('the broker', addresses.join(','), setting, error) : error;
  } finally {
    await broker?.close();
  }
}
