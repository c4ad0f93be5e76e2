import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JsonServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers each request on a free port of loopback with what `answer` returns for its address: nothing is 404. */
export async function serveJson(answer: (asked: URL) => unknown): Promise<JsonServer> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const body = answer(new URL(request.url!, 'http://json'));
    response.statusCode = body === undefined ? 404 : 200;
    response.end(JSON.stringify(body ?? { detail: 'There is nothing.' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
