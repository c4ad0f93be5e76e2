import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUtf8 } from 'node:buffer';
import { REQUEST_BODY_DEPTH_MAX } from '../limits.ts';
import { badRequest } from './bad-request.ts';
import type { Problem } from './http-problem.ts';

const NOT_UTF8 = 'is not UTF-8';
const NUL = 'contains a NUL character (U+0000)';
const LONE_SURROGATE = 'contains a lone surrogate, which is not a character';
const PROTO_KEY = 'must not have a key __proto__';
const TOO_DEEP = `is nested deeper than ${REQUEST_BODY_DEPTH_MAX} levels`;

type Next = (error?: unknown) => void;

/** The body parser strips the fields of an error that its hook throws, so the hook only records what it found. */
const notUtf8 = new WeakSet<IncomingMessage>();

/**
 * For the body parser, which would decode bytes that are not UTF-8 to U+FFFD and change a name silently.
 * @throws UnsupportedMediaTypeException for another charset; JSON is always UTF-8 (RFC 8259 §8.1)
 */
export function checkBodyBytes(request: IncomingMessage, _: ServerResponse, bytes: Buffer, charset: string): void {
  if (charset.toLowerCase() !== 'utf-8') throw new UnsupportedMediaTypeException('JSON must be sent as UTF-8');
  if (!isUtf8(bytes)) notUtf8.add(request);
}

/**
 * Answers 400 to a URL or a body with invalid text: bytes that are not UTF-8, lone surrogates, and NUL, which PostgreSQL
 * does not store. For every route, also for those that validate nothing else. Runs after the body parser.
 */
export function refuseBrokenText(request: IncomingMessage & { body?: unknown }, _: ServerResponse, next: Next): void {
  const problem = problemOfUrl(request.url ?? '') ?? problemOfBytes(request) ?? problemOfBody(request.body);
  next(problem && badRequest([problem]));
}

function problemOfUrl(url: string): Problem | undefined {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  const inPath = problemOfEncoded(path);
  if (inPath !== undefined) return { path: '(path)', message: inPath };
  for (const pair of query.split('&')) {
    const encodedName = pair.split('=', 1)[0] ?? '';
    const inName = problemOfEncoded(encodedName);
    if (inName !== undefined) return { path: '(query)', message: inName };
    const name = decodeURIComponent(encodedName);
    if (name === '__proto__') return { path: '(query)', message: PROTO_KEY };
    const inValue = problemOfEncoded(pair);
    if (inValue !== undefined) return { path: name, message: inValue };
  }
  return undefined;
}

function problemOfEncoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text).includes('\0') ? NUL : undefined;
  } catch {
    return NOT_UTF8;
  }
}

function problemOfBytes(request: IncomingMessage): Problem | undefined {
  return notUtf8.has(request) ? { path: '(body)', message: NOT_UTF8 } : undefined;
}

/** With an explicit stack: a body of brackets alone would overflow the call stack. */
function problemOfBody(body: unknown): Problem | undefined {
  const waiting: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: body, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    const message = problemOfValue(value, path.length);
    if (message !== undefined) return { path: path.join('.') || '(body)', message };
    if (typeof value !== 'object' || value === null) continue;
    // Reversed, so that the first problem of the body is the one that is reported.
    for (const [key, child] of Object.entries(value).toReversed()) waiting.push({ value: child, path: [...path, key] });
  }
  return undefined;
}

function problemOfValue(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return problemOfString(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > REQUEST_BODY_DEPTH_MAX) return TOO_DEEP;
  if (Array.isArray(value)) return undefined;
  for (const key of Object.keys(value)) {
    const problem = key === '__proto__' ? PROTO_KEY : problemOfString(key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfString(text: string): string | undefined {
  if (text.includes('\0')) return NUL;
  return text.isWellFormed() ? undefined : LONE_SURROGATE;
}
