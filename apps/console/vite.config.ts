import { defineConfig } from 'vite';

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
  },
});
