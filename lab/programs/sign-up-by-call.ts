/** A sign-up whose mail is sent by a call: of a function, or of another process by HTTP. The caller waits for it. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { welcomeMail } from '../../apps/mail-service/src/welcome-mail/welcome-mail.template.ts';
import type { CallOptions } from './call-options.ts';

interface Member {
  readonly email: string;
  readonly name: string;
  readonly locale: 'ko';
}

const options = JSON.parse(process.argv[2] ?? '{}') as CallOptions;
const transport = createTransport({ url: options.smtpUrl, pool: true });
const pool = new pg.Pool({ connectionString: options.databaseUrl });

const sendMail = async (member: Member): Promise<void> => {
  await transport.sendMail({
    from: 'Event Bus <no-reply@event-bus.example>',
    to: { name: member.name, address: member.email },
    ...welcomeMail({ ...member, memberId: '', signedUpAt: '' }),
  });
};

const requestMail = async (member: Member): Promise<void> => {
  const response = await fetch(options.mailUrl!, { method: 'POST', body: JSON.stringify(member) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the mail side answered ${response.status}`);
};

const signUp = async (member: Member): Promise<void> => {
  await pool.query('INSERT INTO lab_member (id, email, name) VALUES ($1, $2, $3)', [
    randomUUID(),
    member.email,
    member.name,
  ]);
  await (options.mailUrl === undefined ? sendMail(member) : requestMail(member));
};

const handle = options.role === 'mail' ? sendMail : signUp;

if (options.role === 'sign-up')
  await pool.query('CREATE TABLE IF NOT EXISTS lab_member (id uuid PRIMARY KEY, email text UNIQUE, name text)');

const server = createServer((request, response) => {
  json(request)
    .then(async (member) => handle(member as Member))
    .then(
      () => response.writeHead(201).end(),
      () => response.writeHead(502).end(),
    );
});
server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

// The process that started it has ended.
process.once('disconnect', () => process.exit(0));
