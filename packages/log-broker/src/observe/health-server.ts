import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ObservedBroker } from './broker-metrics.ts';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `GET /health`: 200 while every log takes appends, else 503 with the reason. `GET /metrics`: Prometheus text. */
export function serveHealth(
  broker: ObservedBroker,
  { host, port }: { host: string; port: number },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      void broker.metrics.text(broker).then((text) => response.end(text));
    } else if (request.url === '/health') {
      const failed = [...broker.logs.logs.values()].filter((log) => log.failure).map((log) => log.name);
      response.statusCode = failed.length > 0 ? 503 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: failed.length > 0 ? 'failing' : 'ok', failedPartitions: failed }));
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}
