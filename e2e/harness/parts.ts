import type { Stack } from '../../tools/stack/start-stack.ts';

/** The parts of a running system, to be broken and restored: processes of our own, or containers. */
export interface Parts {
  /** Ends one as a crash would; it is started again by itself. Settles when the process has ended. */
  kill(part: string, signal: NodeJS.Signals): Promise<void>;
  signal(part: string, signal: NodeJS.Signals): void;
  /** Ends one in order, and leaves it ended. */
  stop(part: string): Promise<void>;
  /** Starts one, and settles when it is ready. */
  start(part: string): Promise<void>;
  /** Until this part, or else every part, is ready. */
  ready(part?: string): Promise<void>;
  /** Undefined while it does not run. */
  pid(part: string): number | undefined;
  log(part: string): string;
  addMailService(id: string): Promise<{ readonly part: string; readonly url: string }>;
}

/** The processes of a stack. */
export class StackParts implements Parts {
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  async kill(part: string, signal: NodeJS.Signals): Promise<void> {
    await this.#stack.part(part).kill(signal);
  }

  signal(part: string, signal: NodeJS.Signals): void {
    this.#stack.part(part).signal(signal);
  }

  async stop(part: string): Promise<void> {
    await this.#stack.part(part).stop();
  }

  async start(part: string): Promise<void> {
    await this.#stack.part(part).start();
  }

  async ready(part?: string): Promise<void> {
    if (part === undefined) await this.#stack.awaitReady();
    else await this.#stack.part(part).ready;
  }

  pid(part: string): number | undefined {
    return this.#stack.part(part).pid;
  }

  log(part: string): string {
    return this.#stack.part(part).definition.log.tail();
  }

  async addMailService(id: string): Promise<{ readonly part: string; readonly url: string }> {
    const { name, definition } = await this.#stack.addInstance('mail-service', id);
    return { part: name, url: definition.address() };
  }
}
