/**
 * Imported before a service of this repository (`node --import`): its messaging-client loads the lab's driver for RabbitMQ
 * instead of its own. Neither of them is changed.
 */
import { registerHooks } from 'node:module';

const SEAM = /\/messaging-client\/dist\/kafka\/load-driver\.js$/;
const DRIVER = new URL('../drivers/rabbitmq/connect-service.ts', import.meta.url).href;

registerHooks({
  load: (url, context, nextLoad) =>
    SEAM.test(url)
      ? {
          format: 'module',
          source: `export const loadDriver = async () => (await import(${JSON.stringify(DRIVER)})).connectService;`,
          shortCircuit: true,
        }
      : nextLoad(url, context),
});
