import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { COMMON_OPTIONS } from './command.ts';
import { readFilter, readFilterOfAct } from './dead-letter-filter.ts';
import { helpOf } from './help.ts';
import { findCommand, parseCommandLine } from './parse-command-line.ts';
import { Settings } from './settings.ts';

const ID = '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d';

function parse(...words: string[]): ReturnType<typeof parseCommandLine> {
  const { command, rest } = findCommand(COMMANDS, words);
  return parseCommandLine(command, rest);
}

describe('the command line', () => {
  it('finds commands of one word and of two', () => {
    expect(findCommand(COMMANDS, ['dead', 'list', ID])).toMatchObject({ command: { name: 'dead list' }, rest: [ID] });
    expect(findCommand(COMMANDS, ['topics', 'member'])).toMatchObject({
      command: { name: 'topics' },
      rest: ['member'],
    });
  });

  it('lists the commands when one does not exist', () => {
    expect(() => findCommand(COMMANDS, ['dead', 'letters'])).toThrow(
      expect.objectContaining({ exitCode: 2, remedy: expect.stringContaining('dead redrive') }),
    );
  });

  it('names an option that does not exist', () => {
    expect(() => parse('topics', '--colour')).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining('--colour') }),
    );
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has a help with examples that parse',
    (_, command) => {
      expect(Object.keys(command.options).filter((option) => option in COMMON_OPTIONS)).toEqual([]);
      expect(helpOf(command)).toContain(`npm run bus -- ${command.name}`);
      for (const example of command.examples) {
        const words = [...example.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
          (match) => match[1] ?? match[2] ?? match[3]!,
        );
        expect(() => parse(...words)).not.toThrow();
        expect(findCommand(COMMANDS, words).command).toBe(command);
      }
    },
  );
});

describe('the filter of dead letters', () => {
  it('has every condition that is given', () => {
    const given = parse(
      'dead',
      'list',
      ID,
      '--event',
      'order.completed',
      '--reason',
      'poison',
      '--from',
      '2026-11-21T09:00:00Z',
    );
    expect(readFilter(given)).toEqual({
      ids: [ID],
      event: 'order.completed',
      reason: 'poison',
      from: new Date('2026-11-21T09:00:00.000Z'),
    });
  });

  it('is required for redrive and drop, so that a forgotten one does not select everything', () => {
    expect(() => readFilterOfAct(parse('dead', 'drop'))).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(readFilterOfAct(parse('dead', 'drop', '--all'))).toEqual({});
  });

  it.each([
    [['dead', 'list', '17'], '17'],
    [['dead', 'list', '--reason', 'bad'], '--reason'],
    [['dead', 'list', '--from', '120'], '--from'],
    [['dead', 'list', '--key', ''], '--key'],
  ])('%j is rejected, and the message names it', (words, named) => {
    expect(() => readFilter(parse(...words))).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(named) }),
    );
  });
});

describe('settings', () => {
  const nowhere = ['--stack', '/nowhere'];

  it('prefer options to the environment', () => {
    const settings = new Settings(parse('topics', '--brokers', 'a:1,b:2'), { KAFKA_BROKERS: 'c:3' });
    expect(settings.broker()).toEqual({ addresses: ['a:1', 'b:2'], setting: '--brokers' });
    expect(new Settings(parse('topics'), { KAFKA_BROKERS: 'c:3' }).broker().setting).toBe('KAFKA_BROKERS');
  });

  it('encrypt and log in as services do', () => {
    const login = { KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'secret' };
    const { tls, sasl } = new Settings(parse('topics', '--brokers', 'a:1'), {
      KAFKA_SSL_CA: 'system',
      ...login,
    }).broker();
    expect({ tls, sasl }).toEqual({
      tls: {},
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'secret' },
    });
    expect(() => new Settings(parse('topics', '--brokers', 'a:1'), { KAFKA_SASL_USERNAME: 'me' }).broker()).toThrow(
      expect.objectContaining({ exitCode: 2, message: 'KAFKA_SASL_PASSWORD is missing' }),
    );
  });

  it('know databases by --database and by the environment', () => {
    const given = parse('outbox', ...nowhere, '--database', 'mail-service=postgres://h/mail');
    const settings = new Settings(given, { BUS_DATABASE_ORDER_SERVICE: 'postgres://h/order' });
    expect([...settings.databases().keys()].sort()).toEqual(['mail-service', 'order-service']);
  });

  it('never print a text that may hold a password', () => {
    const given = parse('outbox', ...nowhere, '--database', 'Mail=postgres://u:secret@h/mail');
    expect(() => new Settings(given, {}).databases()).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  it('say which option is missing when no address is given', () => {
    const settings = new Settings(parse('topics', ...nowhere), {});
    expect(() => settings.broker()).toThrow(
      expect.objectContaining({ exitCode: 2, remedy: expect.stringContaining('--brokers') }),
    );
    expect(() => settings.databasesOf('mail-service')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('--database') }),
    );
  });
});
