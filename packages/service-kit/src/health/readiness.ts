import { formatDuration, isDatabaseUnavailable } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';
import { READINESS_CHECK_TIMEOUT_MS } from '../limits.ts';

/** What a check of `Readiness` answers. */
export interface CheckResult {
  readonly ready: boolean;
  /** Why it is not ready, for the operator on call. */
  readonly detail?: string | undefined;
  /** Which sentence `detail` is, for programs that say it in another language. Described in docs/health.md; it never changes. */
  readonly code?: string | undefined;
  /** What stands in the gaps of that sentence. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** What an operator should look at although the instance is ready: a sentence each, with figures. */
  readonly warnings?: readonly string[] | undefined;
}

/** `warning`: ready, and an operator should look at it. */
export type CheckState = 'ready' | 'warning' | 'not ready';

export interface CheckReport extends CheckResult {
  readonly state: CheckState;
  /** ISO time of the probe that saw this state first: the state began at most one probe earlier. */
  readonly since: string;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** What a check that fails answers: `code` and `params` say the same as `detail`. */
export function notReady(code: string, detail: string, params: Readonly<Record<string, string>> = {}): CheckResult {
  return { ready: false, detail, code, params };
}

type Check = () => Promise<CheckResult>;
type Observe = (result: CheckResult) => CheckReport;

/** Whether this instance can do its work now: all of its named checks pass. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, { readonly check: Check; readonly observe: Observe }>();

  /** Adds a check. One that throws, or takes longer than READINESS_CHECK_TIMEOUT_MS, is not ready. */
  add(name: string, check: Check): void {
    if (this.#checks.has(name)) throw new Error(`readiness: a check named ${name} exists already`);
    this.#checks.set(name, { check: oneAtATime(check), observe: sinceWhen() });
  }

  /** Runs all checks, at the same time. */
  async report(): Promise<ReadinessReport> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, { check, observe }]) => [name, observe(await withinBound(check))] as const),
    );
    return { ready: results.every(([, { ready }]) => ready), checks: Object.fromEntries(results) };
  }
}

/** Adds to each result its state, and since when the check has been in it. */
function sinceWhen(): Observe {
  let state: CheckState | undefined;
  let since = '';
  return ({ ready, detail, code, params = {}, warnings = [] }) => {
    const now = stateOf(ready, warnings);
    if (now !== state) since = new Date().toISOString();
    state = now;
    return {
      state,
      ready,
      since,
      ...(detail !== undefined && { detail }),
      ...(code !== undefined && { code, params }),
      ...(warnings.length > 0 && { warnings }),
    };
  };
}

function stateOf(ready: boolean, warnings: readonly string[]): CheckState {
  if (!ready) return 'not ready';
  return warnings.length > 0 ? 'warning' : 'ready';
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
    () =>
      resolve(
        notReady('check-timed-out', `no answer within ${formatDuration(READINESS_CHECK_TIMEOUT_MS)}`, {
          seconds: String(READINESS_CHECK_TIMEOUT_MS / 1_000),
        }),
      ),
    READINESS_CHECK_TIMEOUT_MS,
  );
  try {
    return await Promise.race([check(), tooLate]);
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    if (!isDatabaseUnavailable(error)) return notReady('check-failed', reason, { reason });
    return notReady('check-without-database', `the database is unavailable: ${reason}`, { reason });
  } finally {
    clearTimeout(timer);
  }
}
