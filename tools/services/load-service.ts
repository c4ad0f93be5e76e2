import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { createService } from '@event-bus/service-kit';
import { exampleSettings } from '@event-bus/service-kit/testing';
import type { z } from 'zod';
import { ManifestProblem } from './check-manifests.ts';
import { CHECKOUT } from './read-manifests.ts';

type Options = Parameters<typeof createService>[0];

/** What every app exports, found by the name of its folder. */
export interface LoadedService {
  /** `env` of src/config.ts. */
  readonly env: z.ZodObject;
  /** `<Name>Module` of src/<name>.module.ts. */
  readonly module: { readonly service: string; forRoot(config: Options['config']): Options['module'] };
}

/**
 * Loads the code of an app. Only where something transforms decorators, as vitest does: Node does not run them from source.
 * @throws ManifestProblem if a file or its export is missing
 */
export async function loadService(name: string): Promise<LoadedService> {
  const source = join(CHECKOUT, 'apps', name, 'src');
  for (const file of ['config.ts', `${name}.module.ts`]) {
    if (!existsSync(join(source, file)))
      throw new ManifestProblem([`apps/${name} has a service.json, but no src/${file}. Add it, or delete the folder.`]);
  }
  const config = (await import(/* @vite-ignore */ join(source, 'config.ts'))) as Record<string, unknown>;
  const module = (await import(/* @vite-ignore */ join(source, `${name}.module.ts`))) as Record<string, unknown>;
  const className = moduleClassOf(name);
  if (config['env'] === undefined)
    throw new ManifestProblem([
      `apps/${name}/src/config.ts does not export env, the schema of its settings. Export it.`,
    ]);
  const service = module[className] as LoadedService['module'] | undefined;
  if (service === undefined)
    throw new ManifestProblem([`apps/${name}/src/${name}.module.ts does not export ${className}. Export it.`]);
  if (service.service !== name)
    throw new ManifestProblem([
      `${className} is the module of ${service.service}, in the folder apps/${name}. Give both the same name.`,
    ]);
  return { env: config['env'] as LoadedService['env'], module: service };
}

/** `order-service` → `OrderServiceModule` */
function moduleClassOf(name: string): string {
  return `${name
    .split('-')
    .map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`)
    .join('')}Module`;
}

/**
 * The configuration of an app that is created and never started, from the examples of its settings.
 * @param given replaces them
 */
export function exampleConfig(env: z.ZodObject, given: Readonly<Record<string, string>> = {}): Options['config'] {
  return env.parse({ ...exampleSettings(env), ...given }) as unknown as Options['config'];
}
