import type { JsonSchema } from '@event-bus/event-catalog';
import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { z } from 'zod';
import { Documented, notFound } from '../openapi/documented.ts';
import { EventSchemas } from './event-schemas.ts';

@Controller('schemas')
export class SchemasController {
  readonly #schemas: EventSchemas;

  constructor(schemas: EventSchemas) {
    this.#schemas = schemas;
  }

  /** The JSON Schema of a payload. Its `$id` is the `ce_dataschema` header of the records. */
  @Get(':event/v:version.json')
  @Header('content-type', 'application/schema+json')
  @Documented({
    summary: 'The JSON Schema of an event',
    answers: { 200: z.looseObject({ $id: z.string() }) },
    contentType: 'application/schema+json',
    problems: [notFound],
    needsDatabase: false,
  })
  schema(@Param('event') event: string, @Param('version') version: string): JsonSchema {
    const schema = this.#schemas.find(event, version);
    if (schema !== undefined) return schema;
    const known = this.#schemas.names().join(', ') || 'none';
    throw new NotFoundException(`This service has no event ${event} v${version}. It has: ${known}.`);
  }
}
