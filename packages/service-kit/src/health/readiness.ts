import { Injectable } from '@nestjs/common';
import { READINESS_CHECK_TIMEOUT_MS } from '../limits.ts';

export interface CheckResult {
  readonly ready: boolean;
  /** Why it is not ready, for whoever is woken by it. */
  readonly detail?: string | undefined;
  /** What an operator should look at although the instance can do its work: a sentence each, with figures. */
  readonly warnings?: readonly string[] | undefined;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

type Check = () => Promise<CheckResult>;

/** Whether this instance can do its work now: the sum of its named checks. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, Check>();

  /** Adds something that has to be in order. A check that throws, or takes over 800 ms, is not ready. */
  add(name: string, check: Check): void {
    if (this.#checks.has(name)) throw new Error(`readiness: there is a check named ${name} already`);
    this.#checks.set(name, oneAtATime(check));
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await withinBound(check)] as const),
    );
    return { ready: results.every(([, { ready }]) => ready), checks: Object.fromEntries(results) };
  }
}

/** While one hangs, further probes wait for the same answer: probing must not use up the connections it asks about. */
function oneAtATime(check: Check): Check {
  let running: Promise<CheckResult> | undefined;
  return () => {
    running ??= check().finally(() => (running = undefined));
    return running;
  };
}

async function withinBound(check: Check): Promise<CheckResult> {
  const { promise: tooLate, resolve } = Promise.withResolvers<CheckResult>();
  const timer = setTimeout(
    () => resolve({ ready: false, detail: `no answer within ${READINESS_CHECK_TIMEOUT_MS} ms` }),
    READINESS_CHECK_TIMEOUT_MS,
  );
  try {
    return await Promise.race([check(), tooLate]);
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message || error.name : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
