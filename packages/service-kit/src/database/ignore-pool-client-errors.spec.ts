import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ignorePoolClientErrors } from './ignore-pool-client-errors.ts';

// A real server cannot be made to put both messages into one packet.
let server: Server;
beforeAll(async () => {
  const authenticated = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
  const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
  const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const error = Buffer.alloc(5);
  error.write('E');
  error.writeUInt32BE(4 + fields.length, 1);
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(Buffer.concat([authenticated, readyForQuery, error, fields])));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => server.close());

it('a connection that the server ends in the moment it opens fails its query, not the process', async () => {
  const { port } = server.address() as AddressInfo;
  const dataSource = new DataSource({
    type: 'postgres',
    url: `postgres://someone@127.0.0.1:${port}/something`,
    extra: { onConnect: ignorePoolClientErrors },
  });
  await expect(dataSource.initialize()).rejects.toThrow(/connection/i);
});
