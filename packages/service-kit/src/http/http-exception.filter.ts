import { databaseErrorKind } from '@event-bus/messaging-client';
import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import { throwError } from 'rxjs';

interface ErrorBody {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
  readonly [more: string]: unknown;
}

/** Every error is answered in one shape: `{ statusCode, error, message, … }`. Internal details are only logged. */
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
    const body = this.#bodyOf(error);
    const { httpAdapter } = this.#adapterHost;
    if (response.headersSent) return httpAdapter.end(response);
    if (body.statusCode === 503) response.setHeader('retry-after', '1');
    return httpAdapter.reply(response, body, body.statusCode);
  }

  #bodyOf(error: unknown): ErrorBody {
    if (error instanceof HttpException) return fromHttpException(error);
    if (isBodyParserError(error)) return body(error.statusCode, error.message);
    const kind = databaseErrorKind(error);
    if (kind !== undefined) {
      this.#logger.warn({ err: error, kind }, 'database error, answered 503');
      return body(
        503,
        'The database is temporarily unavailable. The request may or may not have taken effect; please try again.',
      );
    }
    this.#logger.error({ err: error }, 'request failed');
    return body(500, 'Internal error. The log has the details under the trace id of this response.');
  }
}

function fromHttpException(exception: HttpException): ErrorBody {
  const statusCode = exception.getStatus();
  const response = exception.getResponse();
  if (typeof response === 'string') return body(statusCode, response);
  const { message, ...more } = response as Record<string, unknown>;
  return { ...body(statusCode, typeof message === 'string' ? message : exception.message), ...more };
}

/** Malformed JSON (400), a body that is too large (413), an unsupported charset (415). */
function isBodyParserError(error: unknown): error is { statusCode: number; message: string } {
  const { statusCode, expose } = (error ?? {}) as { statusCode?: unknown; expose?: unknown };
  return expose === true && typeof statusCode === 'number' && statusCode < 500;
}

function body(statusCode: number, message: string): ErrorBody {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message };
}
