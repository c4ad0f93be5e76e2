import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { invalidRequest } from '../http/bad-request.ts';
import { databaseUnavailable } from '../http/http-exception.filter.ts';
import { keyInProgress, keyReused } from '../idempotency/kept-answers.ts';
import { IDEMPOTENCY_KEY } from '../idempotency/read-idempotency-key.ts';
import { documentOf } from './documented.ts';
import type { DocumentedProblem, RouteDocument } from './documented.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

/** RFC 9457. */
const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  traceId: z.string().optional(),
});

const notJson: DocumentedProblem = { type: 'about:blank', status: 400, title: 'Bad Request' };
const tooLarge: DocumentedProblem = { type: 'about:blank', status: 413, title: 'Payload Too Large' };
const notUtf8: DocumentedProblem = { type: 'about:blank', status: 415, title: 'Unsupported Media Type' };

/**
 * The OpenAPI 3.1 document of a service: @nestjs/swagger reads routes, parameters and bodies from the controllers, and
 * `@Documented` adds what they answer. A route without it has no `summary` and no `responses`.
 */
export async function makeOpenApi(app: INestApplication, service: string): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const routes = documentedRoutes(app);
  const base = new DocumentBuilder()
    .setTitle(service)
    .setDescription('Errors are `application/problem+json`. Events are described by the AsyncAPI document.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (controller, method) => `${controller}.${method}`,
    standardSchemaConverter: (schema, { schemaType }) => ({ schema: jsonSchemaOf(schema as z.ZodType, schemaType) }),
  });
  for (const [path, operations] of Object.entries(document.paths)) {
    if (path === '/openapi.json' || path.startsWith('/docs')) {
      delete document.paths[path];
      continue;
    }
    for (const [method, operation] of Object.entries(operations) as Array<[string, Operation]>) {
      operation.tags = [path.split('/')[1]!];
      complete(operation, method, routes.get(operation.operationId!));
    }
  }
  document.components = { schemas: { Problem: jsonSchemaOf(problemSchema, 'output') } };
  return document;
}

function documentedRoutes(app: INestApplication): Map<string, RouteDocument> {
  const routes = new Map<string, RouteDocument>();
  const scanner = new MetadataScanner();
  for (const { metatype } of app.get(DiscoveryService, { strict: false }).getControllers()) {
    const prototype = metatype?.prototype as Record<string, object> | undefined;
    if (metatype === null || prototype === undefined) continue;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const document = documentOf(prototype[name]!);
      if (document !== undefined) routes.set(`${metatype.name}.${name}`, document);
    }
  }
  return routes;
}

function complete(operation: Operation, method: string, route: RouteDocument | undefined): void {
  operation.responses = {};
  if (route === undefined) return;
  operation.summary = route.summary;
  for (const [status, schema] of Object.entries(route.answers)) {
    operation.responses[status] = {
      description: 'Success',
      content: { [route.contentType ?? 'application/json']: { schema: jsonSchemaOf(schema, 'output') } },
    };
  }
  if (method === 'post') (operation.parameters ??= []).push(idempotencyKey);
  for (const [status, problems] of Map.groupBy(problemsOf(operation, method, route), (problem) => problem.status)) {
    operation.responses[status] = {
      description: problems.map(({ title, type }) => `${title} (\`${type}\`)`).join('; '),
      content: { 'application/problem+json': { schema: problemOf(problems) } },
    };
  }
}

/** Problems that share a status share an answer. Its `type` is one of theirs, so that a spec finds one that is not documented. */
function problemOf(problems: readonly DocumentedProblem[]) {
  const types = [...new Set(problems.map(({ type }) => type))];
  return { allOf: [{ $ref: '#/components/schemas/Problem' }], properties: { type: { enum: types } } };
}

const idempotencyKey: Parameter = {
  name: IDEMPOTENCY_KEY,
  in: 'header',
  required: false,
  description: 'A request that is sent again with the same key gets the answer of the first, and has one effect.',
  schema: { type: 'string' },
};

function problemsOf(
  { parameters = [], requestBody }: Operation,
  method: string,
  route: RouteDocument,
): DocumentedProblem[] {
  return [
    ...(parameters.length > 0 || requestBody !== undefined ? [invalidRequest] : []),
    ...(requestBody === undefined ? [] : [notJson]),
    ...(method === 'post' ? [keyInProgress, keyReused, tooLarge, notUtf8] : []),
    ...(route.needsDatabase === false ? [] : [databaseUnavailable]),
    ...(route.problems ?? []),
  ];
}

/** @nestjs/swagger itself would convert to the dialect of OpenAPI 3.0. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const {
    $schema: _,
    '~standard': __,
    ...rest
  } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, reused: 'inline' });
  // zod leaves out the examples of an input that it transforms, and @nestjs/swagger keeps `example` alone.
  const [example] = (z.globalRegistry.get(schema)?.examples as readonly unknown[] | undefined) ?? [];
  return example === undefined ? rest : { ...rest, example };
}
