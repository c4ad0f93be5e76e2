import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/event-catalog';
import { Inject, Injectable } from '@nestjs/common';
import type { Contract, ContractSummary } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { fieldsOf } from './fields-of.ts';
import { keyFieldOfEvent } from './key-field.ts';
import { RecordsOfEvent } from './records-of-event.ts';
import { readServicesOfEvents } from './services-of-events.ts';

const catalog: readonly EventDefinition[] = eventCatalog;

/** What may be published, by whom and to whom: the catalog, with what the broker has of it. */
@Injectable()
export class Contracts {
  readonly #config: ConsoleConfig;
  readonly #records: RecordsOfEvent;
  readonly #services = readServicesOfEvents();

  constructor(@Inject(CONFIG) config: ConsoleConfig, records: RecordsOfEvent) {
    this.#config = config;
    this.#records = records;
  }

  list(): ContractSummary[] {
    return [...Map.groupBy(catalog, ({ name }) => name).values()].map(summaryOf);
  }

  /** @throws ConsoleProblem 404 */
  async one(name: string): Promise<Contract> {
    const versions = catalog.filter((event) => event.name === name);
    const newest = versions.at(-1);
    if (newest === undefined) {
      const known = [...new Set(catalog.map((event) => event.name))].join(', ');
      throw new ConsoleProblem(404, `The catalog has no event ${name}.`, `It has: ${known}.`, {
        code: 'contract-unknown',
        params: { event: name, known },
      });
    }
    const keyField = keyFieldOfEvent(newest);
    const { records, lastAt } = await this.#records.read(newest);
    const publishedBy = this.#servicesOf(versions, 'publishers');
    return {
      ...summaryOf(versions),
      keyField: keyField ?? '',
      partitions: newest.topic.partitions,
      publishedBy,
      consumedBy: this.#servicesOf(versions, 'consumers'),
      records,
      perVersion: versions.map((event) => {
        const schema = jsonSchemaOf(event);
        return {
          version: event.version,
          fields: fieldsOf(schema, keyField),
          schema,
          example: event.example as object,
          understoodBy: this.#servicesOf([event], 'consumers'),
          lastRecordAt: lastAt.get(event.version) ?? null,
        };
      }),
      sourceFile: `packages/event-catalog/src/${name.replace('.', '-')}.ts`,
      links: this.#linksOf(newest, publishedBy),
    };
  }

  #servicesOf(versions: readonly EventDefinition[], side: 'publishers' | 'consumers'): string[] {
    const all = versions.flatMap(({ name, version }) => this.#services.get(`${name} v${version}`)?.[side] ?? []);
    return [...new Set(all)].sort();
  }

  #linksOf({ name, version }: EventDefinition, publishedBy: readonly string[]): Contract['links'] {
    return publishedBy.flatMap((service) => {
      const address = this.#config.SERVICES.get(service);
      if (address === undefined) return [];
      return [
        { label: `${service}: OpenAPI`, href: `${address}/docs` },
        { label: `${service}: JSON Schema`, href: `${address}/schemas/${name}/v${version}.json` },
      ];
    });
  }
}

function summaryOf(versions: readonly EventDefinition[]): ContractSummary {
  const newest = versions.at(-1)!;
  return {
    event: newest.name,
    topic: newest.topic.name,
    versions: versions.map(({ version }) => version),
    kind: newest.owner === 'any' ? 'command' : 'fact',
    description: newest.summary,
  };
}
