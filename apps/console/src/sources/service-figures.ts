import { summaryAnswer } from '@event-bus/service-kit/admin';
import type { SummaryAnswer } from '@event-bus/service-kit/admin';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import type { FailedCheck } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { FIGURES_EVERY_MS, SERVICE_CHANGES_KEPT_MAX, SOURCE_READ_MS_MAX } from '../limits.ts';
import { AdminSource } from './admin-source.ts';
import { Audience } from './audience.ts';
import { checks, failedOf } from './failed-checks.ts';
import type { Checks } from './failed-checks.ts';
import { reasonOf, sendRequest } from './send-request.ts';

const health = z.object({ checks: checks.optional() });

export interface ServiceFigures {
  readonly state: 'ready' | 'not-ready' | 'unavailable';
  /** Why it does not answer, such as `ECONNREFUSED`; null when it does. */
  readonly reason: string | null;
  readonly failed: readonly FailedCheck[];
  /** When the state began, as far as the console has seen it. */
  readonly since: string;
  readonly checks: Checks;
  /** Null: not known at this moment. */
  readonly summary: SummaryAnswer | null;
}

export interface ServiceChange {
  readonly at: string;
  readonly code: 'service-ready' | 'service-not-ready';
  readonly subject: string;
  readonly detail: string | null;
  readonly failed: readonly FailedCheck[];
}

type Health = Pick<ServiceFigures, 'state' | 'reason' | 'failed' | 'checks'>;

/** Health and backlog of each service, read once a second for all views. */
@Injectable()
export class ServiceFigureReader implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #config: ConsoleConfig;
  readonly #admin: AdminSource;
  readonly #audience: Audience;
  readonly #latest = new Map<string, ServiceFigures>();
  readonly #changes: ServiceChange[] = [];
  #stops: Array<() => void> = [];

  constructor(@Inject(CONFIG) config: ConsoleConfig, admin: AdminSource, audience: Audience) {
    this.#config = config;
    this.#admin = admin;
    this.#audience = audience;
  }

  onApplicationBootstrap(): void {
    this.#stops = [...this.#config.SERVICES].map(([service, address]) =>
      this.#audience.repeat(
        () => this.#round(service, address),
        () => FIGURES_EVERY_MS,
      ),
    );
  }

  onApplicationShutdown(): void {
    for (const stop of this.#stops) stop();
  }

  /** When services became ready and not ready, oldest first. */
  get changes(): readonly ServiceChange[] {
    return this.#changes;
  }

  #noteChange(subject: string, { state, reason: detail, failed }: Health): void {
    const code = state === 'ready' ? 'service-ready' : 'service-not-ready';
    this.#changes.push({ at: new Date().toISOString(), code, subject, detail, failed });
    if (this.#changes.length > SERVICE_CHANGES_KEPT_MAX) this.#changes.shift();
  }

  of(service: string): ServiceFigures | undefined {
    return this.#latest.get(service);
  }

  async #round(service: string, address: string): Promise<void> {
    const [current, summary] = await Promise.all([readHealth(address), this.#readSummary(service)]);
    const before = this.#latest.get(service);
    if (before !== undefined && before.state !== current.state) this.#noteChange(service, current);
    this.#latest.set(service, {
      ...current,
      since: before?.state === current.state ? before.since : new Date().toISOString(),
      summary,
    });
  }

  async #readSummary(service: string): Promise<SummaryAnswer | null> {
    if (!this.#config.SERVICES_ADMIN.has(service)) return null;
    return this.#admin.get(service, '/admin/summary', summaryAnswer).catch(() => null);
  }
}

async function readHealth(address: string): Promise<Health> {
  try {
    const { isOk, text } = await sendRequest(`${address}/health/ready`, {}, SOURCE_READ_MS_MAX);
    const { checks: all = {} } = health.parse(JSON.parse(text));
    return { state: isOk ? 'ready' : 'not-ready', reason: null, failed: isOk ? [] : failedOf(all), checks: all };
  } catch (error) {
    return { state: 'unavailable', reason: reasonOf(error), failed: [], checks: {} };
  }
}
