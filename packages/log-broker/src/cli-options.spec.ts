import { describe, expect, it } from 'vitest';
import { helpText, parseSettings } from './cli-options.ts';

const noFile = () => {
  throw new Error('no file expected');
};

describe('the options of the command', () => {
  it('are taken from the command line, then the environment, then the config file, then the defaults', () => {
    const file = () => ({ partitions: 4, data: 'from-file', flush: 'none' });
    const env = { LOG_BROKER_PARTITIONS: '5', LOG_BROKER_DATA: 'from-env' };
    const { settings } = parseSettings(['--config', 'c.json', '--partitions=6'], env, file);
    expect(settings).toMatchObject({ defaultPartitions: 6, data: 'from-env', flush: 'none', flushIntervalMs: 1_000 });
  });

  it('set the time between checks for records to delete', () => {
    const { settings } = parseSettings(['--retention-check-interval-ms', '1000'], {}, noFile);
    expect(settings.retentionCheckIntervalMs).toBe(1_000);
  });

  it('take an address with an IPv6 host', () => {
    const { settings } = parseSettings(['--listen', '[::1]:0'], {}, noFile);
    expect(settings.listen).toEqual([{ host: '::1', port: 0 }]);
  });

  it('take several addresses to listen on, each with the address advertised to its clients', () => {
    const listen = ['--listen', '0.0.0.0:19092,0.0.0.0:9092'];
    const { settings } = parseSettings([...listen, '--advertise', 'broker:19092,127.0.0.1:9092'], {}, noFile);
    expect(settings.listen).toEqual([
      { host: '0.0.0.0', port: 19_092, advertise: { host: 'broker', port: 19_092 } },
      { host: '0.0.0.0', port: 9092, advertise: { host: '127.0.0.1', port: 9092 } },
    ]);
    expect(() => parseSettings([...listen, '--advertise', 'broker:19092'], {}, noFile)).toThrow(
      'one for each of --listen',
    );
  });

  it('give each listener its security protocol, and those with TLS the files', () => {
    const listen = ['--listen', 'PLAINTEXT://127.0.0.1:9092,SASL_SSL://0.0.0.0:9093'];
    const files = ['--tls-cert', 'server.crt', '--tls-key', 'server.key'];
    const tls = { certFile: 'server.crt', keyFile: 'server.key' };
    expect(parseSettings([...listen, ...files], {}, noFile).settings.listen).toEqual([
      { host: '127.0.0.1', port: 9092, security: 'PLAINTEXT' },
      { host: '0.0.0.0', port: 9093, security: 'SASL_SSL', tls },
    ]);
    expect(
      parseSettings(['--listen', 'SSL://[::1]:0', ...files, '--tls-ca', 'ca.crt'], {}, noFile).settings.listen,
    ).toEqual([{ host: '::1', port: 0, security: 'SSL', tls: { ...tls, caFile: 'ca.crt', clientAuth: 'required' } }]);
    expect(() => parseSettings(listen, {}, noFile)).toThrow('--tls-cert takes FILE');
    expect(() => parseSettings(['--listen', 'TLS://127.0.0.1:9092'], {}, noFile)).toThrow('--listen takes');
  });

  it('are refused by name when they are unknown or have an invalid value', () => {
    expect(() => parseSettings(['--nope', '1'], {}, noFile)).toThrow("unknown option 'nope' on the command line");
    expect(() => parseSettings(['--partitions', 'many'], {}, noFile)).toThrow('--partitions takes NUMBER');
    expect(() => parseSettings(['--flush', 'maybe'], {}, noFile)).toThrow('--flush takes none|interval|always');
    expect(() => parseSettings(['--listen', '9092'], {}, noFile)).toThrow('--listen takes [PROTOCOL://]HOST:PORT');
    expect(() => parseSettings(['--health', 'a:1,b:2'], {}, noFile)).toThrow('--health takes HOST:PORT');
  });

  it('are all in the help, with their defaults and environment variables', () => {
    expect(helpText()).toContain('--flush-interval-ms MS');
    expect(helpText()).toContain('environment: LOG_BROKER_FLUSH_INTERVAL_MS');
  });
});
