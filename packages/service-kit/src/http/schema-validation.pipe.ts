import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import { PROBLEMS_REPORTED_MAX } from '../limits.ts';
import { badRequest } from './bad-request.ts';

/** `@Body({ schema })` and `@Param('id', { schema })`: a 400 names every bad field, not only the first. */
@Injectable()
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.schema === undefined) return value;
    if (metadata.type === 'body' && value === undefined) {
      throw badRequest([
        { path: '(body)', message: 'must be a JSON object, sent with content-type: application/json' },
      ]);
    }
    // Nest would remove keys such as `constructor` first, and a strict schema could not reject them. A schema creates a new
    // object from the keys that it names, and `__proto__` was rejected before (see refuse-broken-text.ts).
    const result = await this.validate(value, metadata.schema);
    if (result.issues === undefined) return result.value as T;
    throw badRequest(
      result.issues.slice(0, PROBLEMS_REPORTED_MAX).map(({ path = [], message }) => ({
        path: fieldName(path, metadata),
        message,
      })),
    );
  }
}

function fieldName(
  path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>,
  metadata: ArgumentMetadata,
): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  // @Param('id', …) validates the bare value, whose path is empty; its name is in the decorator.
  if (metadata.data !== undefined) steps.unshift(metadata.data);
  return steps.join('.') || `(${metadata.type})`;
}
