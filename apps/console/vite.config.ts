import { defineConfig } from 'vite';

interface Modules {
  getModuleInfo(id: string): { readonly importers: readonly string[] } | null;
}

/**
 * Whether the page or the live map imports a module. What other views import, too, would have a small file of its own each: as one file it is
 * here sooner.
 */
function isOfFirstLoad(id: string, modules: Modules, seen = new Set<string>()): boolean {
  if (/\/web\/(main|views\/map)\.tsx$/.test(id)) return true;
  seen.add(id);
  const importers = modules.getModuleInfo(id)?.importers ?? [];
  return importers.some((importer) => !seen.has(importer) && isOfFirstLoad(importer, modules, seen));
}

export default defineConfig({
  root: 'web',
  // Like tsconfig's, which Vite does not read for this.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // What all current browsers have had for two years.
    target: 'es2022',
    // The page's Content-Security-Policy allows no data: URL but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: (id, modules) => (isOfFirstLoad(id, modules) ? 'first' : null),
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
});
