import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { DataSource } from 'typeorm';
import { keepAnswer, KeyInProgress, takeKey } from './kept-answers.ts';
import type { KeyedRequest } from './kept-answers.ts';
import { IDEMPOTENCY_KEY, readIdempotencyKey } from './read-idempotency-key.ts';
import { withTransaction } from './transaction.ts';

/** The fields that Express adds. */
interface PostRequest extends IncomingMessage {
  readonly originalUrl: string;
  readonly route: { readonly path: string };
  readonly body?: unknown;
}

/**
 * `Idempotency-Key` on every POST (draft-ietf-httpapi-idempotency-key-header): a request that is repeated with its key
 * gets the same answer and has no second effect. The answer is stored in the transaction of the effect, so a process that
 * dies in between leaves both or neither. An error is not stored: it had no effect, and a retry may succeed.
 *
 * Handlers write by `inTransaction`. A POST without the header is not affected.
 */
@Injectable()
export class IdempotentPost implements NestInterceptor {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<PostRequest>();
    const header = request.headers[IDEMPOTENCY_KEY.toLowerCase()];
    if (request.method !== 'POST' || header === undefined) return next.handle();
    return from(this.#once(keyedRequest(request, String(header)), context.switchToHttp().getResponse(), next));
  }

  async #once(request: KeyedRequest, response: ServerResponse, next: CallHandler): Promise<unknown> {
    try {
      return await this.#dataSource.transaction(async (manager) => {
        const kept = await takeKey(manager, request);
        if (kept !== undefined) {
          response.statusCode = kept.status;
          response.setHeader('idempotent-replayed', 'true');
          return kept.answer === null ? undefined : (JSON.parse(kept.answer) as unknown);
        }
        const handle = async (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
        const answer = await withTransaction(manager, handle);
        const text = answer === undefined ? null : JSON.stringify(answer);
        await keepAnswer(manager, request, { status: response.statusCode, answer: text });
        return answer;
      });
    } catch (error) {
      if (error instanceof KeyInProgress) response.setHeader('retry-after', '1');
      throw error;
    }
  }
}

/** The path is part of the fingerprint and its pattern of the scope: a key that is reused for another order is rejected. */
function keyedRequest({ method, route, originalUrl, body }: PostRequest, header: string): KeyedRequest {
  const key = readIdempotencyKey(header);
  const content = JSON.stringify([originalUrl, body ?? null]);
  return { scope: `${method} ${route.path}`, key, fingerprint: createHash('sha256').update(content).digest() };
}
