import { ComposedSystem } from '../../tools/compose/composed-system.ts';
import { Compose, docker } from '../../tools/compose/docker.ts';
import { ofService, SERVICES } from '../../tools/stack/services.ts';
import { addressesOfServices } from './addresses.ts';
import type { Addresses } from './addresses.ts';
import type { Parts } from './parts.ts';
import { until } from '@event-bus/test-kit/until';

/** A JVM starts, reads its log and registers, while everything else starts, too, on a machine that is busy. */
const READY_WITHIN_MS = 240_000;

/** A proxy of Docker may accept a connection for a container that is gone, and never answer. */
const ANSWER_WITHIN_MS = 5_000;

const LOG_LINES = '2000';

/** One more mail-service has a service of its own in the file; it is the same whatever the test calls it. */
const SECOND_MAIL_SERVICE = 'mail-service-2';

/** The containers of a composed system that runs already, broken and restored by `docker compose`. */
export class ComposeParts implements Parts {
  readonly addresses: Addresses;
  readonly #compose: Compose;
  readonly #brokers: readonly string[];

  private constructor(compose: Compose, system: ComposedSystem) {
    this.#compose = compose;
    this.#brokers = system.brokerParts;
    this.addresses = {
      ...addressesOfServices(system),
      inbox: system.url('maildev'),
      smtp: system.url('smtp'),
      brokers: system.brokers,
    };
  }

  static async of(project: string): Promise<ComposeParts> {
    const compose = new Compose({ project });
    return new ComposeParts(compose, await ComposedSystem.find(compose));
  }

  /** Docker does not restart what was killed through it, as it restarts what crashed; so that is done here. */
  async kill(part: string, signal: NodeJS.Signals): Promise<void> {
    await this.#compose.run('kill', '--signal', signal, ...this.#named(part));
    await this.#compose.run('start', ...this.#named(part));
  }

  signal(part: string, signal: NodeJS.Signals): void {
    this.#compose.runSync('kill', '--signal', signal, ...this.#named(part));
  }

  async stop(part: string): Promise<void> {
    await this.#compose.run('stop', ...this.#named(part));
  }

  async start(part: string): Promise<void> {
    await this.#compose.run('start', ...this.#named(part));
    await this.ready(part);
  }

  async ready(part?: string): Promise<void> {
    const parts = part === undefined ? ['postgres', 'maildev', ...this.#brokers, ...SERVICES] : this.#named(part);
    await Promise.all(parts.map((name) => until(`${name} to be ready`, () => this.#isReady(name), READY_WITHIN_MS)));
  }

  pid(part: string): number | undefined {
    const [name = part] = this.#named(part);
    const pid = Number(docker('inspect', '--format', '{{.State.Pid}}', this.#containerOf(name)));
    return pid === 0 ? undefined : pid;
  }

  log(part: string): string {
    return this.#compose.runSync('logs', '--no-log-prefix', '--tail', LOG_LINES, ...this.#named(part));
  }

  async addMailService(): Promise<{ readonly part: string; readonly url: string }> {
    await this.#compose.run('up', '--detach', '--wait', '--no-deps', SECOND_MAIL_SERVICE);
    const address = await this.#compose.run('port', SECOND_MAIL_SERVICE, '3000');
    return { part: SECOND_MAIL_SERVICE, url: `http://${address}` };
  }

  /** What a test has added goes with it. */
  async close(): Promise<void> {
    await this.#compose.run('rm', '--stop', '--force', SECOND_MAIL_SERVICE);
  }

  /** Tests speak of the broker as `log-broker`, whichever it is, and of a cluster as one. */
  #named(part: string): readonly string[] {
    return part === 'log-broker' ? this.#brokers : [part];
  }

  async #isReady(part: string): Promise<boolean> {
    // Docker looks every ten seconds, and believes what it last saw.
    if (SERVICES.includes(part)) {
      const url = `${ofService(this.addresses.services, part)}/health/ready`;
      return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
    }
    return docker('inspect', '--format', '{{.State.Health.Status}}', this.#containerOf(part)) === 'healthy';
  }

  #containerOf(part: string): string {
    return this.#compose.runSync('ps', '--all', '--quiet', part);
  }
}
