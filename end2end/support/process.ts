// Programs that a test starts: each is stopped by its own id, and none outlives the tests.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

export interface Started {
  /** What it has written so far, both streams. */
  output(): string;
  /** Asks it to stop, waits until it has, and insists after ten seconds. */
  stop(): Promise<void>;
  /** Its exit status, or undefined while it runs. */
  exitCode(): number | undefined;
  child: ChildProcess;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

export function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Started {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let ended: number | undefined;
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const exit = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      text += `${program}: ${error.message}\n`;
      ended = 127;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended = code ?? (signal ? 128 : 1);
      resolve();
    });
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    child,
    output: () => text,
    exitCode: () => ended,
    async stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exit;
      clearTimeout(insist);
      process.off('exit', killOnExit);
    },
  };
}

/** Waits until `ready` gives something, and says what the program wrote when it does not. */
export async function until<T>(what: string, started: Started, ready: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await ready();
    if (value !== undefined) return value;
    if (started.exitCode() !== undefined) throw new Error(`${what} stopped while starting:\n${started.output()}`);
    if (Date.now() > deadline) {
      await started.stop();
      throw new Error(`${what} was not ready after 30 s:\n${started.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Runs a program to its end; anything but status 0 is an error that shows what it wrote. */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): string {
  const done = spawnSync(program, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${done.status}:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}
