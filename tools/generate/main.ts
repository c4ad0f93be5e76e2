/**
 * `npm run generate`: writes every file, and every region of a file, that is generated from the manifests of the services, the event
 * catalog, and the services' modules.
 *
 *     npm run generate
 *     npm run generate -- --check     writes nothing; fails if a file is out of date, and names it
 */
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { checkManifests, ManifestProblem } from '../services/check-manifests.ts';
import { CHECKOUT } from '../services/read-manifests.ts';
import { staleFiles, writeFiles } from './write-files.ts';

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

/** As in vitest.config.ts: workspaces are read from their sources. */
const conditions = ['@event-bus/source', 'module-sync', 'node', 'import', 'default'];

try {
  // Before anything that takes time.
  checkManifests();
  await generate();
} catch (error) {
  // By its name: what vite has loaded has a class of its own.
  if (!(error instanceof Error) || error.name !== ManifestProblem.name) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function generate(): Promise<void> {
  // The services' modules have decorators, which Node does not run from source.
  const loader = await createServer({
    root: CHECKOUT,
    configFile: false,
    appType: 'custom',
    logLevel: 'warn',
    server: { middlewareMode: true, ws: false, watch: null, hmr: false },
    optimizeDeps: { noDiscovery: true, include: [] },
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
  });
  try {
    const path = '/tools/generate/generated-files.ts';
    const { generatedFiles } = (await loader.ssrLoadModule(path)) as typeof import('./generated-files.ts');
    const files = await generatedFiles();
    if (options.check) report(staleFiles(CHECKOUT, files));
    else console.log(writeFiles(CHECKOUT, files).join('\n') || 'Everything is up to date.');
  } finally {
    await loader.close();
  }
}

function report(stale: readonly string[]): void {
  if (stale.length === 0) return;
  console.error(`Out of date: ${stale.join(', ')}.\n  → npm run generate, and commit the files.`);
  process.exitCode = 1;
}
