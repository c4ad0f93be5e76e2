import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Sourced, SourceProblem } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { ACT_MS_MAX, ADMIN_REQUESTS_AT_ONCE, SOURCE_ANSWERS_KEPT_MAX } from '../limits.ts';
import { fetchJson } from './fetch-json.ts';
import type { Sent } from './fetch-json.ts';
import { FewAtOnce } from './few-at-once.ts';

/** The admin endpoints of the services. A service is asked once for what several tabs want at the same time. */
@Injectable()
export class AdminSource {
  readonly #addresses: ConsoleConfig['SERVICES_ADMIN'];
  readonly #token: string | undefined;
  readonly #queues = new Map<string, FewAtOnce>();
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #kept = new Map<string, { readonly value: unknown; readonly at: string }>();
  readonly #failingSince = new Map<string, string>();

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#addresses = config.SERVICES_ADMIN;
    this.#token = config.ADMIN_TOKEN;
  }

  get services(): string[] {
    return [...this.#addresses.keys()];
  }

  /** @throws ConsoleProblem 404 when no such service is configured */
  addressOf(service: string): string {
    const address = this.#addresses.get(service);
    if (address !== undefined) return address;
    throw new ConsoleProblem(
      404,
      `The console knows no admin endpoints of ${service}.`,
      `SERVICES_ADMIN has: ${this.services.join(', ') || 'none'}.`,
      { code: 'source-unknown', params: { source: service, setting: 'SERVICES_ADMIN' } },
    );
  }

  /** The answer, or the last one and why there is no fresh one. What the service refuses is thrown. */
  async read<Schema extends z.ZodType>(
    service: string,
    path: string,
    schema: Schema,
  ): Promise<Sourced<z.output<Schema>>> {
    const name = `${service} ${path}`;
    try {
      const value = await this.get(service, path, schema);
      const at = new Date().toISOString();
      this.#keep(name, { value, at });
      return { value, at, problem: null };
    } catch (error) {
      if (!(error instanceof ConsoleProblem) || error.status < 500) throw error;
      const last = this.#kept.get(name) as { value: z.output<Schema>; at: string } | undefined;
      return { value: last?.value ?? null, at: last?.at ?? null, problem: this.problemOf(service, error) };
    }
  }

  /** @throws ConsoleProblem: 502 or 503 when the service does not answer as it should, else what it refuses */
  async get<Schema extends z.ZodType>(service: string, path: string, schema: Schema): Promise<z.output<Schema>> {
    const name = `${service} ${path}`;
    const running = this.#running.get(name);
    if (running !== undefined) return running as Promise<z.output<Schema>>;
    const request = this.#request(service, path, schema, {}).finally(() => this.#running.delete(name));
    this.#running.set(name, request);
    return request;
  }

  /** Sends an act. It is not repeated: what an answer that did not come would have been is not known. */
  async post<Schema extends z.ZodType>(
    service: string,
    path: string,
    body: object,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return this.#request(service, path, schema, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: ACT_MS_MAX,
    });
  }

  problemOf(service: string, { message, said }: ConsoleProblem): SourceProblem {
    const now = new Date().toISOString();
    const since = this.#failingSince.get(service) ?? now;
    return {
      source: service,
      address: this.#addresses.get(service) ?? '',
      setting: 'SERVICES_ADMIN',
      detail: message,
      said,
      since,
    };
  }

  async #request<Schema extends z.ZodType>(
    service: string,
    path: string,
    schema: Schema,
    sent: Sent,
  ): Promise<z.output<Schema>> {
    const address = this.addressOf(service);
    const token: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const headers = { ...sent.headers, ...token };
    const queue = this.#queues.get(service) ?? new FewAtOnce(ADMIN_REQUESTS_AT_ONCE);
    this.#queues.set(service, queue);
    try {
      const answer = await queue.run(async () =>
        fetchJson({ name: service, address, setting: 'SERVICES_ADMIN' }, path, { ...sent, headers }),
      );
      const read = schema.safeParse(answer);
      if (!read.success) throw otherVersion(service, read.error);
      this.#failingSince.delete(service);
      return read.data;
    } catch (error) {
      if (error instanceof ConsoleProblem && error.status >= 500 && !this.#failingSince.has(service)) {
        this.#failingSince.set(service, new Date().toISOString());
      }
      throw error;
    }
  }

  #keep(name: string, answer: { value: unknown; at: string }): void {
    this.#kept.delete(name);
    this.#kept.set(name, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > SOURCE_ANSWERS_KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** Of a service of another version than the console. */
export function otherVersion(service: string, error: z.ZodError): ConsoleProblem {
  const [issue] = error.issues;
  return new ConsoleProblem(
    502,
    `${service} answers in a form that this console does not know (${issue?.path.join('.')}: ${issue?.message}).`,
    'The console and the service are of different versions: deploy the same one.',
    { code: 'other-version', params: { source: service } },
  );
}
