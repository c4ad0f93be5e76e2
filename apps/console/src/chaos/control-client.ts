import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { CONTROL_ANSWER_MS_MAX } from '../limits.ts';
import { reasonOf, sendRequest } from '../sources/send-request.ts';
import type { Answered } from '../sources/send-request.ts';

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
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    let answered: Answered;
    let answer: unknown;
    try {
      answered = await sendRequest(`${address}${path}`, sent, CONTROL_ANSWER_MS_MAX);
      answer = JSON.parse(answered.text);
    } catch (error) {
      throw new ConsoleProblem(
        503,
        `The supervisor at ${address} does not answer: ${reasonOf(error)}.`,
        'Look at the terminal of npm start.',
        { code: 'supervisor-unavailable', params: { address, reason: reasonOf(error) } },
      );
    }
    if (answered.isOk) return answer as Answer;
    const { detail = `HTTP ${answered.status}` } = answer as { detail?: string };
    throw new ConsoleProblem(answered.status, `The supervisor: ${detail}`, 'Look at the terminal of npm start.', {
      code: 'supervisor-refuses',
      params: { answer: detail },
    });
  }
}
