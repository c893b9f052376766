import type { Plugin } from 'vite';
import { allPictograms } from './build.ts';

const outlines = 'virtual:pictograms';

/** Vite plugin: the outlines as the module virtual:pictograms, for the map. */
export function pictograms(): Plugin {
  return {
    name: 'pictograms',
    resolveId: (id) => (id === outlines ? `\0${outlines}` : undefined),
    load: (id) => (id === `\0${outlines}` ? `export default ${JSON.stringify(allPictograms())}` : undefined),
    // Go embeds the folder, so it has to exist in a fresh clone too, and stay when emptied.
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.gitkeep', source: '' });
    },
  };
}
