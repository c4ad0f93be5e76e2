#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startBroker } from './start-broker.ts';
import { jsonLogger } from './observe/logger.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:9092' },
    data: { type: 'string', default: '.data/log-broker' },
    partitions: { type: 'string', default: '1' },
  },
});
const [host = '127.0.0.1', port = '9092'] = values.listen.split(/:(?=\d+$)/);
const logger = jsonLogger((line) => process.stderr.write(line), 'info');

try {
  const broker = await startBroker({
    listen: { host, port: Number(port) },
    data: values.data,
    defaultPartitions: Number(values.partitions),
    logger,
  });
  console.log(`ready on ${broker.host}:${broker.port}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void broker.close());
} catch (error) {
  console.error(`log-broker: ${(error as Error).message}`);
  process.exitCode = 1;
}
