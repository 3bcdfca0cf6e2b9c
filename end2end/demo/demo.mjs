// The whole thing on one machine: the console on a fresh SQLite database, a real identity provider beside it, people and rules.
// `make demo` builds first and then runs this. Ctrl-C stops both.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PASSWORD } from '../idp/directory.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DATA = join(ROOT, 'data/demo');
const PROGRAM = process.env.LATCHKEY_BIN ?? join(ROOT, 'target/debug/latchkey');
const CONFIG = join(DATA, 'latchkey.toml');
const LOG = join(DATA, 'latchkey.log');

const children = [];
let stopping = false;

async function stop(status) {
  if (stopping) return;
  stopping = true;
  await Promise.all(
    children.map(
      (child) =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', resolve);
          child.kill('SIGTERM');
          setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
        }),
    ),
  );
  process.exit(status);
}

async function giveUp(message) {
  if (stopping) return;
  process.stderr.write(`\n${message}\n`);
  await stop(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    console.log('\nStopping.');
    void stop(0);
  });
}

/** The wanted port, or any other when somebody listens on it. */
function port(wanted) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => (wanted === 0 ? reject(new Error('no free port')) : resolve(port(0))));
    server.listen(wanted, '127.0.0.1', () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}

/** Starts a program in a process group of its own, so that Ctrl-C reaches it through `stop` alone, in order. */
function launch(name, program, args, env, logName) {
  const log = openSync(join(DATA, logName), 'a');
  const child = spawn(program, args, { cwd: ROOT, detached: true, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  children.push(child);
  const why = () => `See ${relative(ROOT, join(DATA, logName))}:\n${readFileSync(join(DATA, logName), 'utf8').split('\n').slice(-15).join('\n')}`;
  child.once('error', (error) => void giveUp(`${name} cannot be started: ${error.message}`));
  child.once('exit', (code) => void giveUp(`${name} stopped (status ${code}). ${why()}`));
  return child;
}

function firstLine(child) {
  return new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

function latchkey(args, env) {
  const done = spawnSync(PROGRAM, [...args, '--config', CONFIG], { cwd: ROOT, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`latchkey ${args.join(' ')}: ${done.error?.message ?? `${done.stdout}${done.stderr}`}`);
  return done.stdout.trim();
}

async function ready(url) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline && !stopping; ) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the console was not ready after 30 s; see ${relative(ROOT, LOG)}`);
}

function box(lines) {
  const width = Math.max(...lines.map((line) => [...line].length));
  const edge = '─'.repeat(width + 2);
  const rows = lines.map((line) => `│ ${line}${' '.repeat(width - [...line].length)} │`);
  return ['', `╭${edge}╮`, ...rows, `╰${edge}╯`, ''].join('\n');
}

async function main() {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing; run: make demo`);
  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(DATA, { recursive: true, mode: 0o700 });

  const listen = await port(8090);
  const url = `http://localhost:${listen}`;
  const idpChild = launch(
    'The identity provider',
    process.execPath,
    [
      fileURLToPath(new URL('../idp/server.mjs', import.meta.url)),
      ...['--port', String(await port(8091))],
      ...['--redirect-uri', `${url}/login/oauth2/code/corp`],
      ...['--post-logout-uri', `${url}/signed-out`],
      ...['--backchannel-logout-uri', `${url}/oidc/backchannel-logout`],
    ],
    {},
    'idp.log',
  );
  const idp = JSON.parse(await firstLine(idpChild));

  writeFileSync(
    CONFIG,
    `# Made by "make demo"; gone at the next one.
[http]
listen = "127.0.0.1:${listen}"
public_url = "${url}"

[database]
url = "sqlite://${join(DATA, 'latchkey.db')}"

[secrets]
key = "${randomBytes(32).toString('base64')}"

[outbound]
allow_private = ["127.0.0.0/8", "::1/128"]
allow_http = true
`,
    { mode: 0o600 },
  );
  const server = launch('The console', PROGRAM, ['serve', '--config', CONFIG], {}, 'latchkey.log');
  // Logs may go to either stream.
  server.stdout.on('data', (chunk) => writeFileSync(LOG, chunk, { flag: 'a', mode: 0o600 }));
  await ready(url);

  const wanted = join(DATA, 'demo.yaml');
  const text = readFileSync(new URL('demo.yaml', import.meta.url), 'utf8');
  writeFileSync(wanted, text.replaceAll('http://127.0.0.1:8091', idp.issuer));
  latchkey(['apply', '-f', wanted], { DEMO_CLIENT_SECRET: idp.clientSecret });
  // The file only fills the console: everything may be changed in the browser.
  latchkey(['apply', '--release', 'corp']);
  // The last word of what it prints is the password.
  const password = latchkey(['admin', 'reset-password', 'admin'], {}).split(/\s+/).at(-1);

  const people = JSON.parse(readFileSync(new URL('../idp/people.json', import.meta.url), 'utf8'));
  console.log(
    box([
      `Latchkey is at  ${url}`,
      '',
      'Click "Sign in with Corp SSO" and choose a person, or sign in as the administrator:',
      `  user name  admin      one-time password  ${password}`,
      '',
      `People at the identity provider (password: ${PASSWORD})`,
      ...people.map((person) => `  ${person.login.padEnd(8)} ${person.groups.join(', ') || '(no groups)'}`),
      '',
      `Identity provider  ${idp.issuer}`,
      `Settings, data and logs  ${relative(ROOT, DATA)}/`,
      'Ctrl-C stops both.',
    ]),
  );
}

main().catch((error) => giveUp(error.message));
