export { createTestDatabase } from '@event-bus/test-kit';
export type { TestDatabase } from '@event-bus/test-kit';
