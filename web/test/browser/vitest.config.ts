import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: './server.ts',
    // One browser at a time: each draws its map on the processor.
    fileParallelism: false,
    // On two busy cores a browser now and then answers later than a person would wait.
    // scripts/test.sh names what passed only at its second try: such a test is to be mended.
    retry: 1,
    bail: 5, // what is broken for all would take each of them a minute, twice
    // Nothing here is slow by itself: these are for a machine that has other things to do.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000, interval: 100 } },
  },
});
