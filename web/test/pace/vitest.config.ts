import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: '../browser/server.ts',
    include: ['*.pace.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
