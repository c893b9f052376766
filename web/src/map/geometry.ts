// The little geometry that the map needs beside its tiles. Coordinates are
// longitude, latitude in degrees.

type Position = GeoJSON.Position;

const metresPerDegree = 111_195; // of latitude, on a sphere of 6,371 km

/** A point and the circle around it that the device is sure to be in. */
export function accuracyCircle(lon: number, lat: number, metres: number): GeoJSON.FeatureCollection {
  const north = metres / metresPerDegree;
  const east = north / Math.cos((lat * Math.PI) / 180);
  const ring: Position[] = Array.from({ length: 65 }, (_, i) => {
    const turn = ((i % 64) / 64) * 2 * Math.PI;
    return [lon + east * Math.cos(turn), lat + north * Math.sin(turn)];
  });
  return {
    type: 'FeatureCollection',
    features: [
      { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } },
      { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } },
    ],
  };
}

/** Area (signed) and centroid of a ring, by the shoelace formula. */
function measure(ring: Position[]): { area: number; centre: Position } {
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  let area = 0;
  let x = 0;
  let y = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    // Relative to the first corner: small numbers keep their digits.
    const [ax = 0, ay = 0] = ring[i] ?? [];
    const [bx = 0, by = 0] = ring[i + 1] ?? [];
    const cross = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
    area += cross / 2;
    x += ((ax + bx - 2 * x0) * cross) / 6;
    y += ((ay + by - 2 * y0) * cross) / 6;
  }
  return { area, centre: area === 0 ? [x0, y0] : [x0 + x / area, y0 + y / area] };
}

/**
 * One point per polygon feature, with its name: the middle of its largest part. A
 * name on the polygon itself would be written once in every tile it reaches into.
 */
export function labelPoints(areas: GeoJSON.GeoJSON): GeoJSON.FeatureCollection {
  const features = areas.type === 'FeatureCollection' ? areas.features : [];
  const points = features.flatMap(({ geometry, properties }): GeoJSON.Feature[] => {
    const parts =
      geometry?.type === 'Polygon'
        ? [geometry.coordinates]
        : geometry?.type === 'MultiPolygon'
          ? geometry.coordinates
          : [];
    const sizes = parts.map((rings) => measure(rings[0] ?? []));
    const [largest] = sizes.sort((a, b) => Math.abs(b.area) - Math.abs(a.area));
    if (!largest || !properties?.name) return [];
    const at = { type: 'Point' as const, coordinates: largest.centre };
    return [{ type: 'Feature', properties: { name: properties.name }, geometry: at }];
  });
  return { type: 'FeatureCollection', features: points };
}
