import { defineConfig } from 'vitest/config';
import { pictograms } from './icons/plugin.ts';
import { openingHours } from './opening/plugin.ts';
import { outsideStyles } from './style/plugin.ts';

// What Go serves under /static/: it finds the hashed names of the first script and
// its style sheets in dist/manifest.json under "src/main.ts". The map sits behind a
// dynamic import, so that a page without a map never loads it.
export default defineConfig({
  base: '/static/',
  publicDir: false,
  plugins: [pictograms(), openingHours(), outsideStyles()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    // The policy of the pages is script-src 'self': no inline polyfill, no data: scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: 'src/main.ts' },
  },
  worker: { format: 'es' },
  test: { server: { deps: { inline: ['opening_hours'] } } },
});
