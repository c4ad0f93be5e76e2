import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface ExampleRequest {
  /** With its parameters filled in and its query, if it has any: `/members/1`. The route itself unless given. */
  readonly path?: string;
  readonly body?: unknown;
  /** Any documented one unless given. */
  readonly status?: number;
}

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary?: string; readonly responses: Responses }>>>
  >;
}
type Responses = Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>>;

/**
 * Calls every route of a service's OpenAPI document and compares the answers with it.
 * @param examples requests by route, such as `POST /members`; each route needs one at least
 * @returns what is wrong, a sentence each: a route without description or example, an answer that is not documented, or one
 * that is not as its schema says
 */
export async function callDocumentedRoutes(
  url: string,
  examples: Readonly<Record<string, readonly ExampleRequest[]>>,
): Promise<string[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');

  const wrong: string[] = [];
  const unknown = new Set(Object.keys(examples));
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { summary, responses }] of Object.entries(operations)) {
      const route = `${method.toUpperCase()} ${path}`;
      unknown.delete(route);
      const requests = examples[route] ?? [];
      if (summary === undefined) wrong.push(`${route} is not documented`);
      if (requests.length === 0) wrong.push(`${route} has no example`);
      for (const { path: given = path, body, status } of requests) {
        const response = await fetch(url + given, {
          method: method.toUpperCase(),
          ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
        const text = await response.text();
        const what = `${route} with ${given}: ${response.status} ${text.slice(0, 500)}`;
        if (status !== undefined && response.status !== status) wrong.push(`${what}; expected ${status}`);
        const type = response.headers.get('content-type')?.split(';')[0] ?? '';
        if (responses[response.status]?.content[type] === undefined) {
          wrong.push(`${what}: ${type} is not documented`);
          continue;
        }
        const pointer = ['paths', path, method, 'responses', response.status, 'content', type, 'schema']
          .map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))
          .join('/');
        const isValid = ajv.compile({ $ref: `openapi#/${encodeURI(pointer)}` });
        if (!isValid(type.endsWith('json') ? JSON.parse(text) : text))
          wrong.push(`${what}: ${ajv.errorsText(isValid.errors)}`);
      }
    }
  }
  return [...wrong, ...[...unknown].map((route) => `${route} is not in the document`)];
}
