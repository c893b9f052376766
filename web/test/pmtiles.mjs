// Reads every tile of a PMTiles archive with the libraries that browsers use, and
// prints what it saw as JSON: node pmtiles.mjs FILE. A test of the program asks it.

import { readFileSync } from 'node:fs';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles } from 'pmtiles';

const bytes = readFileSync(process.argv[2]);
const archive = new PMTiles({
  getKey: () => 'file',
  getBytes: async (offset, length) => ({ data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer }),
});

/** Columns or rows of a zoom between two positions in [0, 1), and as much again on either side. */
function* between(z, low, high) {
  const side = 2 ** z;
  const room = (high - low) * side + 1;
  const last = Math.min(side - 1, Math.floor(high * side + room));
  for (let i = Math.max(0, Math.floor(low * side - room)); i <= last; i++) yield i;
}

const column = (lon) => (lon + 180) / 360;
const row = (lat) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;

const header = await archive.getHeader();
const seen = { tiles: 0, addressed: header.numAddressedTiles, layers: {}, points: 0, names: [] };
for (let z = header.minZoom; z <= header.maxZoom; z++) {
  for (const x of between(z, column(header.minLon), column(header.maxLon))) {
    for (const y of between(z, row(header.maxLat), row(header.minLat))) {
      const tile = await archive.getZxy(z, x, y);
      if (!tile) continue;
      seen.tiles++;
      for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(new Uint8Array(tile.data))).layers)) {
        seen.layers[name] = (seen.layers[name] ?? 0) + layer.length;
        for (let i = 0; i < layer.length; i++) {
          const feature = layer.feature(i);
          seen.points += feature.loadGeometry().flat().length;
          if (z === header.maxZoom && name === 'places') seen.names.push(feature.properties.name);
        }
      }
    }
  }
}
console.log(JSON.stringify(seen));
