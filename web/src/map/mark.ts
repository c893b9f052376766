/** A place as a tile or a list item tells it: enough to mark it. */
export type Marked = {
  id: number;
  lon: number;
  lat: number;
  category?: string;
  group?: string;
  kind?: string;
  state?: string;
};

/** A place that the reader has proposed, and where its answer will be. */
export type Proposed = Marked & { href: string };
