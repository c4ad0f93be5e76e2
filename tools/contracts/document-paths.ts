export const SCHEMAS = 'contracts/schemas';
export const ASYNCAPI = 'contracts/asyncapi';
export const EVENTS_PAGE = 'docs/events.md';

/** Folders with generated files alone. */
export const GENERATED_FOLDERS = [SCHEMAS, ASYNCAPI];
