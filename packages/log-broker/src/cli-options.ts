import { parseAddress, parseListeners } from './cli-listeners.ts';
import type { BrokerSettings } from './config.ts';
import { RETENTION_CHECK_INTERVAL_MS, SESSION_TIMEOUT_MIN_MS } from './limits.ts';
import { DEFAULT_LOG_CONFIG } from './log/log-config.ts';
import { SASL_MECHANISMS } from './security/logins.ts';
import type { LogLevel } from './observe/logger.ts';

interface CliOption {
  /** `--name` on the command line, `name` in the config file, `LOG_BROKER_NAME` in the environment. */
  readonly name: string;
  readonly value: string;
  readonly fallback: string;
  readonly help: string;
}

const OPTIONS: readonly CliOption[] = [
  { name: 'config', value: 'FILE', fallback: '', help: 'JSON file with any of these options by name' },
  {
    name: 'listen',
    value: '[PROTOCOL://]HOST:PORT[,…]',
    fallback: '127.0.0.1:9092',
    help: 'addresses to listen on, each PLAINTEXT (unless set), SSL, SASL_PLAINTEXT or SASL_SSL; port 0 takes a free one',
  },
  {
    name: 'advertise',
    value: 'HOST:PORT[,HOST:PORT…]',
    fallback: '',
    help: 'addresses that clients connect to, if they differ: one for each of --listen',
  },
  { name: 'tls-cert', value: 'FILE', fallback: '', help: 'certificate (PEM) of the listeners with SSL or SASL_SSL' },
  { name: 'tls-key', value: 'FILE', fallback: '', help: 'its key (PEM)' },
  {
    name: 'tls-ca',
    value: 'FILE',
    fallback: '',
    help: 'authorities (PEM) of client certificates (mutual TLS); clients need no certificate unless it is set',
  },
  {
    name: 'tls-client-auth',
    value: 'required|requested',
    fallback: 'required',
    help: 'with --tls-ca: whether a client without a certificate is refused, or is User:ANONYMOUS',
  },
  {
    name: 'sasl-mechanisms',
    value: 'NAME[,NAME…]',
    fallback: SASL_MECHANISMS.join(','),
    help: 'how clients log in to listeners with SASL_PLAINTEXT or SASL_SSL; users are stored by `log-broker users`',
  },
  {
    name: 'super-users',
    value: 'User:NAME[;User:NAME…]',
    fallback: '',
    help: 'principals that access control entries do not restrict',
  },
  { name: 'health', value: 'HOST:PORT', fallback: '', help: 'address of /health and /metrics; not served unless set' },
  { name: 'data', value: 'FOLDER', fallback: '.data/log-broker', help: 'folder for all data' },
  { name: 'node-id', value: 'NUMBER', fallback: '1', help: 'id of the broker' },
  {
    name: 'auto-create',
    value: 'true|false',
    fallback: 'true',
    help: 'create missing topics when clients request them',
  },
  {
    name: 'partitions',
    value: 'NUMBER',
    fallback: '1',
    help: 'partitions of a topic that is created without a number of them',
  },
  {
    name: 'clamp-replication',
    value: 'true|false',
    fallback: 'false',
    help: 'accept a replication factor above one as one, instead of an error',
  },
  {
    name: 'flush',
    value: 'none|interval|always',
    fallback: 'interval',
    help: 'when acknowledged records are synced to the disk: by the operating system, periodically, or before the answer',
  },
  { name: 'flush-interval-ms', value: 'MS', fallback: '1000', help: 'time between syncs with --flush interval' },
  {
    name: 'retention-ms',
    value: 'MS',
    fallback: String(DEFAULT_LOG_CONFIG.retentionMs),
    help: 'age at which records are deleted, one week unless set; -1 keeps them',
  },
  {
    name: 'retention-bytes',
    value: 'BYTES',
    fallback: String(DEFAULT_LOG_CONFIG.retentionBytes),
    help: 'size of a partition above which its oldest records are deleted; -1 means no limit',
  },
  {
    name: 'retention-check-interval-ms',
    value: 'MS',
    fallback: String(RETENTION_CHECK_INTERVAL_MS),
    help: 'time between checks for records to delete',
  },
  {
    name: 'segment-bytes',
    value: 'BYTES',
    fallback: String(DEFAULT_LOG_CONFIG.segmentBytes),
    help: 'size at which a new segment begins',
  },
  {
    name: 'segment-ms',
    value: 'MS',
    fallback: String(DEFAULT_LOG_CONFIG.segmentMs),
    help: 'age at which a new segment begins',
  },
  {
    name: 'rebalance-delay-ms',
    value: 'MS',
    fallback: '0',
    help: 'how long the first rebalance of a group waits for more members',
  },
  {
    name: 'session-timeout-min-ms',
    value: 'MS',
    fallback: String(SESSION_TIMEOUT_MIN_MS),
    help: 'shortest session time-out that a group member may request',
  },
  { name: 'log-level', value: 'debug|info|warn|error', fallback: 'info', help: 'lowest level of log lines on stderr' },
];

const ENVIRONMENT_PREFIX = 'LOG_BROKER_';

export function helpText(): string {
  const lines = OPTIONS.map(({ name, value, fallback, help }) => {
    const shown = fallback === '' ? '' : ` (default ${fallback})`;
    return `  --${name} ${value}\n      ${help}${shown}\n      environment: ${environmentName(name)}`;
  });
  return [
    'log-broker: a single-node log broker that speaks the Kafka protocol.',
    '',
    'log-broker users --help: who can log in to listeners with SASL.',
    'Order of precedence: command line, environment, config file, default.',
    '',
    ...lines,
    '  --help',
    '      print this text',
  ].join('\n');
}

function environmentName(name: string): string {
  return ENVIRONMENT_PREFIX + name.replaceAll('-', '_').toUpperCase();
}

export interface CliSettings {
  readonly settings: BrokerSettings;
  readonly logLevel: LogLevel;
}

/** @throws {Error} that names the option and its allowed values, if it is unknown or its value is invalid */
export function parseSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readConfig: (path: string) => unknown,
): CliSettings {
  const given = parseArguments(args);
  const configPath = given.get('config') ?? env[environmentName('config')];
  const config = configPath ? (readConfig(configPath) as Record<string, string | number | boolean>) : {};
  for (const name of Object.keys(config)) optionOf(name, `in ${configPath}`);

  const text = (name: string): string => {
    const inConfig = config[name] === undefined ? undefined : String(config[name]);
    return given.get(name) ?? env[environmentName(name)] ?? inConfig ?? optionOf(name, '').fallback;
  };
  const number = (name: string, least: number): number => {
    const value = Number(text(name));
    if (text(name).trim() === '' || !Number.isInteger(value) || value < least) throw refused(name, text(name));
    return value;
  };
  const choice = <Choice extends string>(name: string): Choice => {
    if (!optionOf(name, '').value.split('|').includes(text(name))) throw refused(name, text(name));
    return text(name) as Choice;
  };
  const address = (name: string) => parseAddress(text(name), () => refused(name, text(name)));
  const mechanisms = () =>
    text('sasl-mechanisms')
      .split(',')
      .map((name) => {
        const known = SASL_MECHANISMS.find((each) => each === name.trim());
        if (!known) throw refused('sasl-mechanisms', text('sasl-mechanisms'));
        return known;
      });
  const listeners = () =>
    parseListeners(
      {
        listen: text('listen'),
        advertise: text('advertise'),
        tlsCert: text('tls-cert'),
        tlsKey: text('tls-key'),
        tlsCa: text('tls-ca'),
        tlsClientAuth: choice('tls-client-auth'),
      },
      refused,
    );

  return {
    settings: {
      listen: listeners(),
      health: text('health') === '' ? undefined : address('health'),
      saslMechanisms: mechanisms(),
      superUsers: text('super-users')
        .split(';')
        .filter((each) => each !== ''),
      data: text('data'),
      nodeId: number('node-id', 0),
      autoCreateTopics: choice('auto-create') === 'true',
      defaultPartitions: number('partitions', 1),
      clampReplicationFactor: choice('clamp-replication') === 'true',
      flush: choice<'none' | 'interval' | 'always'>('flush'),
      flushIntervalMs: number('flush-interval-ms', 1),
      retentionCheckIntervalMs: number('retention-check-interval-ms', 1),
      groupInitialRebalanceDelayMs: number('rebalance-delay-ms', 0),
      sessionTimeoutMinMs: number('session-timeout-min-ms', 1),
      topicDefaults: {
        retentionMs: number('retention-ms', -1),
        retentionBytes: number('retention-bytes', -1),
        segmentBytes: number('segment-bytes', 14),
        segmentMs: number('segment-ms', 1),
      },
    },
    logLevel: choice<LogLevel>('log-level'),
  };
}

/** `--name value` and `--name=value`. */
function parseArguments(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(args[i] ?? '');
    if (!match?.[1]) throw new Error(`'${args[i]}' is not an option; --help lists them`);
    const { name, value } = optionOf(match[1], 'on the command line');
    const text = match[2] ?? args[++i];
    if (text === undefined) throw new Error(`--${name} needs a value: ${value}`);
    given.set(name, text);
  }
  return given;
}

function optionOf(name: string, where: string): CliOption {
  const option = OPTIONS.find((each) => each.name === name);
  if (!option) throw new Error(`unknown option '${name}' ${where}; --help lists them`);
  return option;
}

function refused(name: string, text: string): Error {
  const { value, help } = optionOf(name, '');
  return new Error(`--${name} takes ${value} (${help}), not '${text}'`);
}
