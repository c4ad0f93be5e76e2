import { Injectable } from '@nestjs/common';
import { READINESS_CHECK_TIMEOUT_MS } from '../limits.ts';

export interface CheckResult {
  readonly ready: boolean;
  /** Why it is not ready, for the operator on call. */
  readonly detail?: string | undefined;
  /** What an operator should look at although the instance is ready: a sentence each, with figures. */
  readonly warnings?: readonly string[] | undefined;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

type Check = () => Promise<CheckResult>;

/** Whether this instance can do its work now: all of its named checks pass. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, Check>();

  /** Adds a check. One that throws, or takes longer than READINESS_CHECK_TIMEOUT_MS, is not ready. */
  add(name: string, check: Check): void {
    if (this.#checks.has(name)) throw new Error(`readiness: a check named ${name} exists already`);
    this.#checks.set(name, oneAtATime(check));
  }

  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await withinBound(check)] as const),
    );
    return { ready: results.every(([, { ready }]) => ready), checks: Object.fromEntries(results) };
  }
}

/** While a check hangs, further probes wait for the same result: probes must not use up the connections that they check. */
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
