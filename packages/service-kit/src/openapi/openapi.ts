import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { makeOpenApi } from './make-openapi.ts';

/** The OpenAPI document of this service, made at the first request for it. */
@Injectable()
export class OpenApi {
  #make: (() => Promise<OpenAPIObject>) | undefined;
  #document: Promise<OpenAPIObject> | undefined;

  /** Names the application whose controllers it is about. */
  describe(app: INestApplication, service: string): void {
    this.#make = async () => makeOpenApi(app, service);
  }

  async document(): Promise<OpenAPIObject> {
    if (this.#make === undefined) throw new Error('describe() comes first; createService calls it');
    this.#document ??= this.#make();
    return this.#document;
  }
}
