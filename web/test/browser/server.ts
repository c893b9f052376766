// Starts the real binary on an empty directory with the demonstration town, once for
// all tests. CARTOQUARTIERS_URL names a server that runs already instead.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    origin: string;
    /** A moderator's token. */
    moderator: string;
    /** A resident's: visitors have few contributions a day. */
    resident: string;
    admin: string;
  }
}

export const binary = join(import.meta.dirname, '../../../bin/cartoquartiers');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.CARTOQUARTIERS_URL;
  if (running) {
    project.provide('origin', running.replace(/\/$/, ''));
    project.provide('moderator', process.env.CARTOQUARTIERS_MODERATOR ?? '');
    project.provide('resident', process.env.CARTOQUARTIERS_RESIDENT ?? '');
    project.provide('admin', process.env.CARTOQUARTIERS_ADMIN ?? '');
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'cartoquartiers-browser-'));
  await chmod(folder, 0o755); // PostgreSQL runs as another user when we are root
  await promisify(execFile)(binary, ['import', 'demo', '--data', folder]);
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(binary, ['serve', '--addr', address, '--data', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    await ended(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(server, `http://${address}`);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('origin', `http://${address}`);
  for (const role of ['moderator', 'resident', 'admin'] as const) {
    const token = ['token', 'create', '--role', role, '--data', folder];
    project.provide(role, (await promisify(execFile)(binary, token)).stdout.trim());
  }
  return stop;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until the server says it is ready; fails with its last words when it ends before. */
export async function ready(server: ChildProcess, origin: string): Promise<void> {
  let words = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-4000);
  });
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the server ended: ${words}`);
    const answer = await fetch(`${origin}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server is not ready after a minute: ${words}`);
}

export function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}
