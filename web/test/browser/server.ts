// Starts the real binary on an empty directory with the demonstration town, once for
// all tests. CARTOQUARTIERS_URL names a server that runs already instead.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    origin: string;
    /** A moderator's token. */
    moderator: string;
    resident: string;
    admin: string;
  }
}

const binary = join(import.meta.dirname, '../../../bin/cartoquartiers');

/** How long a server may take until it is ready, on a machine that has other things to do: milliseconds. */
const patience = 120_000;

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
  const server = await serve(folder, '127.0.0.1', ['--policy', await generous(folder)]);
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  project.provide('origin', server.origin);
  for (const role of ['moderator', 'resident', 'admin'] as const) {
    const token = ['token', 'create', '--role', role, '--data', folder];
    project.provide(role, (await promisify(execFile)(binary, token)).stdout.trim());
  }
  return stop;
}

/** A policy without quotas: all tests contribute as the same few people, from one address, in any order. */
async function generous(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['policy', 'show']);
  const policy = JSON.parse(stdout) as Record<'quotas' | 'confirm_quotas', Record<string, { day: number }>>;
  for (const quotas of [policy.quotas, policy.confirm_quotas]) {
    for (const role of Object.keys(quotas)) quotas[role] = { day: 10_000 };
  }
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify(policy));
  return file;
}

export type Running = { origin: string; stop: () => Promise<void> };

/** Starts the server on a port that is free, under the name of a host, and waits until it is ready. */
export async function serve(folder: string, host: string, more: string[] = []): Promise<Running> {
  const words = ['serve', '--addr', `${host}:0`, '--data', folder, ...more];
  const server = spawn(binary, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = () => ended(server);
  try {
    return { origin: await ready(server, host), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until the server says it is ready; fails with its last words when it ends before. */
async function ready(server: ChildProcess, host: string): Promise<string> {
  let words = '';
  let port = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk).slice(-4000);
    port ||= /msg=listening addr=\S*:(\d+)\s/.exec(words)?.[1] ?? '';
  });
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the server ended: ${words}`);
    const answer = port ? await fetch(`http://${host}:${port}/readyz`).catch(() => null) : null;
    if (answer?.ok) return `http://${host}:${port}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server is not ready after ${patience} ms: ${words}`);
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}
