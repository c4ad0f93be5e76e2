import { currentTrace, databaseErrorKind } from '@event-bus/messaging-client';
import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { throwError } from 'rxjs';
import { HttpProblem } from './http-problem.ts';
import type { ProblemType } from './http-problem.ts';
import { problemOfStatus } from './problem-of-status.ts';

export const databaseUnavailable: ProblemType = {
  type: '/problems/database-unavailable',
  status: 503,
  title: 'The database is temporarily unavailable',
};

/** Every error is answered as `application/problem+json` (RFC 9457). Internal details are only logged. */
@Catch()
export class HttpExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');
  readonly #adapterHost: HttpAdapterHost;

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  catch(error: unknown, host: ArgumentsHost): unknown {
    // The consumer decides by the error itself whether to retry the record.
    if (host.getType() !== 'http') return throwError(() => error);

    const response = host.switchToHttp().getResponse<ServerResponse>();
    const { method } = host.switchToHttp().getRequest<IncomingMessage>();
    const exception = this.#exceptionOf(error, method === 'GET' || method === 'HEAD');
    const { httpAdapter } = this.#adapterHost;
    if (response.headersSent) return httpAdapter.end(response);
    const status = exception.getStatus();
    if (status === 503) response.setHeader('retry-after', '1');
    response.setHeader('content-type', 'application/problem+json');
    return httpAdapter.reply(response, bodyOf(exception, status), status);
  }

  #exceptionOf(error: unknown, isRead: boolean): HttpException {
    if (error instanceof HttpException) return error;
    if (isBodyParserError(error)) return new HttpException(error.message, error.statusCode);
    const kind = databaseErrorKind(error);
    if (kind !== undefined) {
      this.#logger.warn({ err: error, kind }, 'database error, answered 503');
      const detail = isRead
        ? 'The database does not answer; please try again.'
        : 'The request may or may not have taken effect; please try again.';
      const code = isRead ? 'database-unavailable' : 'effect-unknown';
      return new HttpProblem(databaseUnavailable, { detail, extensions: { code } });
    }
    this.#logger.error({ err: error }, 'request failed');
    return new HttpException('Internal error. The log has the details under the trace id of this response.', 500);
  }
}

function bodyOf(exception: HttpException, status: number): object {
  const members = exception instanceof HttpProblem ? exception.members : problemOfStatus(status);
  return { ...members, status, detail: exception.message, traceId: currentTrace()?.traceId };
}

/** Malformed JSON (400), a body that is too large (413), an unsupported charset (415). */
function isBodyParserError(error: unknown): error is { statusCode: number; message: string } {
  const { statusCode, expose } = (error ?? {}) as { statusCode?: unknown; expose?: unknown };
  return expose === true && typeof statusCode === 'number' && statusCode < 500;
}
