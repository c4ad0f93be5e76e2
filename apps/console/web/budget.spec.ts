import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Rolldown } from 'vite';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { enViews } from './words/en-views.ts';

const JS_BYTES_MAX = 40_000;
const CSS_BYTES_MAX = 8_000;
/** A build takes a second, and longer on a machine that does other things as well. */
const BUILD_MS_MAX = 60_000;

let output: readonly (Rolldown.OutputChunk | Rolldown.OutputAsset)[];

beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const result = await build({
    root: `${root}/web`,
    configFile: `${root}/vite.config.ts`,
    logLevel: 'error',
    build: { write: false },
  });
  output = (result as Rolldown.RolldownOutput).output;
}, BUILD_MS_MAX);

/** What the browser loads before it shows the live map: the page's script, the view's, what both import, and the words. */
function firstLoad(): readonly Rolldown.OutputChunk[] {
  const chunks = output.filter((each) => each.type === 'chunk');
  const wanted = new Set(
    chunks
      .filter(({ isEntry, name }) => isEntry || name === 'map' || name === 'ko-first')
      .map(({ fileName }) => fileName),
  );
  for (const name of wanted) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) wanted.add(imported);
  }
  return chunks.filter(({ fileName }) => wanted.has(fileName));
}

const gzipped = (contents: ReadonlyArray<string | Uint8Array>) =>
  contents.reduce((sum, content) => sum + gzipSync(content).length, 0);

describe('the first load of the page', () => {
  it(`is at most ${JS_BYTES_MAX / 1_000} kB of script, compressed`, () => {
    const chunks = firstLoad();
    expect(chunks.map(({ name }) => name)).toContain('map');
    expect(gzipped(chunks.map(({ code }) => code))).toBeLessThanOrEqual(JS_BYTES_MAX);
  });

  it(`is at most ${CSS_BYTES_MAX / 1_000} kB of styles, compressed`, () => {
    const names = new Set(firstLoad().flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
    const styles = output.filter((each) => each.type === 'asset' && names.has(each.fileName)) as Rolldown.OutputAsset[];
    expect(styles.length).toBeGreaterThan(1);
    expect(gzipped(styles.map(({ source }) => source))).toBeLessThanOrEqual(CSS_BYTES_MAX);
  });

  it('has every word that it shows among its own', () => {
    const modules = firstLoad().flatMap(({ moduleIds }) => moduleIds.filter((id) => /\/web\/.*\.tsx?$/.test(id)));
    const sources = modules.map((id) => readFileSync(id, 'utf8')).join('\n');
    expect(sources).toContain("'map.title'");
    expect(Object.keys(enViews).filter((word) => sources.includes(`'${word}'`))).toEqual([]);
  });

  it('has each other view in a chunk of its own', () => {
    const dynamic = output.filter((each) => each.type === 'chunk' && each.isDynamicEntry).map(({ name }) => name);
    expect(dynamic).toEqual(expect.arrayContaining(['map', 'journeys', 'chaos']));
  });

  it('has something to paint before its script is there', () => {
    const page = output.find(({ fileName }) => fileName === 'index.html') as Rolldown.OutputAsset;
    expect(String(page.source)).toMatch(/<div id="app">[^]*<h1>event-bus<\/h1>/);
  });

  it('comes without a spec', () => {
    const modules = output.flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []));
    expect(modules.length).toBeGreaterThan(100);
    expect(modules.filter((id) => id.includes('.spec.'))).toEqual([]);
  });
});
