/** For the specs of a service: its handlers, what it published, and a bus in the same process. */

export { deliver } from './deliver.ts';
export type { DeliverOptions, Delivered } from './deliver.ts';
export { fakeOutsideContext } from './fake-outside-context.ts';
export type { FakeOutsideContext, FakeOutsideContextOptions } from './fake-outside-context.ts';
export { kafkaDriverContract } from './kafka-driver-contract.ts';
export type { ContractCase } from './kafka-driver-contract.ts';
export { publishedBy } from './published-by.ts';
export type { PublishedEvent } from './published-by.ts';
export { settle } from './settle.ts';
export type { SettledEvent } from './settle.ts';
export { startTestBus } from './start-test-bus.ts';
export type { TestBus } from './start-test-bus.ts';
