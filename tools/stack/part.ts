import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { atMost } from '../test-kit/until.ts';
import type { LogFile } from './log-file.ts';

/** What the supervisor has to know about one process of the stack. */
export interface PartDefinition {
  readonly name: string;
  /** Where others find it, as `.data/stack.json` and the screen have it. */
  address(): string;
  /** Of its admin endpoints, if it has some. */
  adminAddress?(): string;
  /** Starts it with the addresses of this moment. */
  spawn(output: number): ChildProcess;
  /** Resolves when it is ready; called again after each start. */
  awaitReady(signal: AbortSignal): Promise<void>;
  /** Takes other ports, after another process had ours. */
  move(): Promise<void>;
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to finish its work before it is killed. */
  readonly stopWithinMs: number;
  readonly log: LogFile;
  /** The others do their work without it: the stack is ready, too, when it could not be started. */
  readonly isOptional?: boolean;
}

export type PartState = 'stopped' | 'starting' | 'ready' | 'down';

/** What happens to a part, in the order it can happen. */
export type PartEvent =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'ready'; readonly afterMs: number }
  | { readonly type: 'died'; readonly how: string; readonly restartInMs: number }
  | { readonly type: 'moved'; readonly from: string; readonly to: string }
  | { readonly type: 'stopped'; readonly how: string };

/** At once after a first death, then with growing delays, but never so long that it looks stuck. */
const RESTART_DELAY_MS = { first: 50, max: 5_000 } as const;

/** Up for so long, its next death is a first one again. */
const STABLE_AFTER_MS = 10_000;

/** A part that was never ready and dies so often will not be ready by dying once more. */
const FAILED_STARTS_MAX = 4;

/** Our port may still be held by a process of ours that is ending. */
const BUSY_PORT_RETRIES = 3;

/** After SIGKILL only the kernel is left to wait for. */
const KILLED_WITHIN_MS = 5_000;

const BUSY_PORT = /EADDRINUSE|address already in use/i;

/** A part that did not start, with its log. */
export class PartFailed extends Error {
  readonly part: string;
  readonly log: LogFile;

  constructor(part: string, log: LogFile, reason: string) {
    super(`${part} ${reason}`);
    this.name = 'PartFailed';
    this.part = part;
    this.log = log;
  }
}

/** One process, kept running until it is stopped. */
export class Part {
  readonly definition: PartDefinition;
  readonly #emit: (event: PartEvent) => void;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #wanted = false;
  #state: PartState = 'stopped';
  #deaths = 0;
  #everReady = false;
  #startedAt = 0;
  #ready = Promise.withResolvers<void>();
  #pause = new AbortController();

  constructor(definition: PartDefinition, emit: (event: PartEvent) => void) {
    this.definition = definition;
    this.#emit = emit;
    // Its starter awaits it; otherwise a failure is reported by events.
    this.#ready.promise.catch(() => {});
  }

  get name(): string {
    return this.definition.name;
  }

  get state(): PartState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Settles when it is ready, also when it is starting again; rejects when it does not get there. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Starts it and keeps it running from now on. */
  async start(): Promise<void> {
    if (!this.#wanted) {
      this.#wanted = true;
      this.#everReady = false;
      this.#deaths = 0;
      this.#renewReady();
      this.#launch();
    }
    await this.ready;
  }

  /** Ends it by its signal, after its bound by SIGKILL, and does not restart it. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#pause.abort();
    const { stopSignal, stopWithinMs } = this.definition;
    const child = this.#child;
    if (child === undefined) return this.#settleStopped();

    child.kill(stopSignal);
    let how = 'ended in order';
    if (
      await atMost(
        stopWithinMs,
        this.#exited.then(() => true),
      )
    ) {
      if (child.exitCode !== null && child.exitCode > 0) how = `ended with exit code ${child.exitCode}`;
    } else {
      how = `did not end within ${stopWithinMs} ms and was killed`;
      child.kill('SIGKILL');
      await atMost(KILLED_WITHIN_MS, this.#exited);
    }
    this.#settleStopped();
    this.#emit({ type: 'stopped', how });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** As a person at a terminal would; it comes back as after any death. Resolves when the process has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const exited = this.#exited;
    if (this.#child?.kill(signal)) await exited;
  }

  /** For signals that do not end it, SIGSTOP and SIGCONT above all. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  #launch(): void {
    const { definition } = this;
    this.#state = 'starting';
    this.#startedAt = performance.now();
    this.#pause = new AbortController();
    const pause = this.#pause;

    let child: ChildProcess;
    try {
      const output = definition.log.open();
      try {
        child = definition.spawn(output);
      } finally {
        closeSync(output);
      }
    } catch (error) {
      // As on a full disk, which may have room later: a start that failed is tried again like one that died.
      if (this.#wanted) void this.#comeBack(`could not be started: ${(error as Error).message}`);
      return;
    }
    this.#child = child;

    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    let spawnError: Error | undefined;
    child.once('error', (error) => {
      spawnError = error;
      // Without a process there is no exit to wait for.
      if (child.pid === undefined) onExit(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) =>
      onExit(spawnError?.message ?? (signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`)),
    );
    const onExit = (how: string): void => {
      this.#child = undefined;
      pause.abort(new Error(`${definition.name} ${how}`));
      resolve();
      if (this.#wanted) void this.#comeBack(how);
    };

    if (child.pid !== undefined) this.#emit({ type: 'started', pid: child.pid });
    definition.awaitReady(pause.signal).then(
      () => this.#becomeReady(child),
      (error: Error) => {
        // Its death has its own consequences; anything else is a part that runs and does not get ready.
        if (!pause.signal.aborted) this.#ready.reject(this.#failure(error.message));
      },
    );
  }

  #becomeReady(child: ChildProcess): void {
    if (this.#child !== child || !this.#wanted) return;
    this.#state = 'ready';
    this.#everReady = true;
    this.#ready.resolve();
    this.#emit({ type: 'ready', afterMs: Math.round(performance.now() - this.#startedAt) });
  }

  async #comeBack(how: string): Promise<void> {
    const wasReady = this.#state === 'ready';
    this.#state = 'down';
    if (wasReady) this.#renewReady();
    if (wasReady && performance.now() - this.#startedAt > STABLE_AFTER_MS) this.#deaths = 0;
    this.#deaths += 1;

    const portIsBusy = BUSY_PORT.test(this.definition.log.tail());
    if (portIsBusy && (!this.#everReady || this.#deaths > BUSY_PORT_RETRIES)) {
      const from = this.definition.address();
      // It has moved although that could not be written down.
      await this.definition.move().catch(() => undefined);
      this.#emit({ type: 'moved', from, to: this.definition.address() });
    } else if (!this.#everReady && this.#deaths >= FAILED_STARTS_MAX) {
      this.#wanted = false;
      this.#state = 'stopped';
      this.#ready.reject(this.#failure(`${how}, ${this.#deaths} times in a row`));
      return;
    }

    const restartInMs = Math.min(RESTART_DELAY_MS.first * 2 ** (this.#deaths - 1), RESTART_DELAY_MS.max);
    this.#emit({ type: 'died', how, restartInMs });
    this.#pause = new AbortController();
    try {
      await delay(restartInMs, undefined, { signal: this.#pause.signal });
    } catch {
      return; // stopped meanwhile
    }
    if (this.#wanted && this.#child === undefined) this.#launch();
  }

  #renewReady(): void {
    this.#ready = Promise.withResolvers<void>();
    this.#ready.promise.catch(() => {});
  }

  #settleStopped(): void {
    this.#state = 'stopped';
    this.#ready.reject(this.#failure('was stopped'));
  }

  #failure(reason: string): PartFailed {
    return new PartFailed(this.name, this.definition.log, reason);
  }
}
