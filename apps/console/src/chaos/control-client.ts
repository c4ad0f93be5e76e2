import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { CONTROL_ANSWER_MS_MAX } from '../limits.ts';

/** The control listener of `npm start`. */
@Injectable()
export class ControlClient {
  readonly #config: ConsoleConfig;

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#config = config;
  }

  /** @throws ConsoleProblem 503, or what the supervisor answers */
  async send<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const { STACK_CONTROL: address = '', STACK_CONTROL_TOKEN: token = '' } = this.#config;
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`${address}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(CONTROL_ANSWER_MS_MAX),
      });
      answer = await response.json();
    } catch (error) {
      throw new ConsoleProblem(
        503,
        `The supervisor at ${address} does not answer: ${(error as Error).message}.`,
        'Look at the terminal of npm start.',
        { code: 'supervisor-unavailable', params: { address, reason: (error as Error).message } },
      );
    }
    if (response.ok) return answer as Answer;
    const { detail } = answer as { detail?: string };
    throw new ConsoleProblem(response.status, detail ?? `The supervisor answers ${response.status}.`);
  }
}
