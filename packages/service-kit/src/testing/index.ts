/** For the specs of a service: put together, started, called. */

export { bootForTest, databaseOpened, startForTest } from './start-for-test.ts';
export type { StartedService } from './start-for-test.ts';
export { exampleSettings } from './example-settings.ts';
export { serveForTest } from './serve-for-test.ts';
export type { Answer, ServiceUnderTest } from './serve-for-test.ts';
export { serveWithAdmin } from './serve-with-admin.ts';
export type { ServiceWithAdmin } from './serve-with-admin.ts';
export { kitExamples } from './kit-examples.ts';
export { scrape } from './scrape.ts';
