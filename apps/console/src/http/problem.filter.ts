import { AdminProblem } from '@event-bus/service-kit/check-request';
import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Problem, Said } from '../api.ts';
import { sendProblem } from './send.ts';
import { ConsoleProblem, problemOf } from './problem.ts';

/** Every error as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const problem = this.#problemOf(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    sendProblem(response, problem);
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof ConsoleProblem) return problemOf(error.status, error.message, error.next, error.said);
    if (error instanceof AdminProblem) return refusal(error.status, error.message, error);
    if (error instanceof HttpException) return refusal(error.getStatus(), error.message);
    // Of Express: a body that is not JSON, or too large.
    const status = (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500) return refusal(status, (error as Error).message);
    this.#logger.error({ err: String(error), stack: (error as Error).stack });
    return problemOf(500, 'Internal error.', 'The log of the console has the details.', {
      code: 'console-fails',
      params: {},
    });
  }
}

function refusal(status: number, answer: string, { code, params }: Partial<AdminProblem> = {}): Problem {
  const said: Said =
    status === 401
      ? { code: 'token-missing', params: {} }
      : {
          code: 'request-wrong',
          params: { answer },
          ...(code !== undefined && { refusal: { code, params: params ?? {} } }),
        };
  return problemOf(status, answer, undefined, said);
}
