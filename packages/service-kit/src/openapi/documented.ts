import type { z } from 'zod';
import type { ProblemType } from '../http/http-problem.ts';

/** A route, as its OpenAPI document describes it. Its parameters and its body are read from their own schemas. */
export interface RouteDocument {
  readonly summary: string;
  /** The schema of the body for each status of success. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Of the body; `application/json` unless given. */
  readonly contentType?: string;
  /** What is specific to this route. An invalid request, a database that is unavailable and the problems of POST are added. */
  readonly problems?: readonly DocumentedProblem[];
  /** false: no answer depends on the database. */
  readonly needsDatabase?: false;
}

export type DocumentedProblem = Pick<ProblemType, 'status' | 'title'> & { readonly type: string };

/** 404 without a type of its own, for `problems` of `Documented()`. */
export const notFound: DocumentedProblem = { type: 'about:blank', status: 404, title: 'Not Found' };

const documented = new WeakMap<object, RouteDocument>();

/**
 * For a method of a controller. It only keeps what it is given: @nestjs/swagger takes 0.3 s and 14 MB to import, which a
 * service pays at the first request for the document and not at its start.
 */
export function Documented(document: RouteDocument): MethodDecorator {
  return (_, __, descriptor) => void documented.set(descriptor.value as object, document);
}

export function documentOf(handler: object): RouteDocument | undefined {
  return documented.get(handler);
}
