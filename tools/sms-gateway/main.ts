/**
 * The gateway for text messages of `npm start` and of the containers, as a process of its own. It needs nothing but Node.
 *
 *     node tools/sms-gateway/main.ts --listen 127.0.0.1:1090 --data .data/sms-gateway
 *
 * In another terminal, to make it fail:
 *
 *     curl -X PUT http://127.0.0.1:1090/control/fault -H 'content-type: application/json' -d '{"kind": "drop", "times": 3}'
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SmsGateway } from './sms-gateway.ts';

const { values } = parseArgs({ options: { listen: { type: 'string' }, data: { type: 'string' } } });
const { listen = '', data } = values;
const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? [];
if (host === undefined || data === undefined) throw new Error('usage: main.ts --listen HOST:PORT --data FOLDER');

const gateway = await SmsGateway.start({ host, port: Number(port), file: join(data, 'texts.jsonl') });
console.log(`ready on http://${host}:${gateway.port}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void gateway.stop());
