// The console under test: a server of each worker's own, with its own database and its own identity provider.
// With BASE_URL set, a running deployment instead; then LATCHKEY_E2E_ADMIN and LATCHKEY_E2E_PASSWORD say who the administrator is.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';

import { type Idp, type Person, startIdp } from './idp.ts';
import { freePort, run, start, until } from './process.ts';

export { expect };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Integrations that the provider knows the callback of: `corp` is there from the start, tests may make the others. */
export const INTEGRATION_NAMES = ['corp', 'workshop', 'keyboard', 'scriptless', 'closing', 'hostile', 'newcomer', 'quiet'] as const;

export interface App {
  baseUrl: string;
  admin: { username: string; password: string };
  /** Not there when a running deployment is tested. */
  idp?: Idp;
  /** Runs the program against the same data; returns what it wrote. */
  cli(...args: string[]): string;
}

function program(): string {
  const path = process.env.LATCHKEY_BIN ?? join(ROOT, 'target/debug/latchkey');
  if (!existsSync(path)) throw new Error(`${path} is missing: run "make e2e", or set LATCHKEY_BIN`);
  return path;
}

function running(baseUrl: string): App {
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    admin: { username: process.env.LATCHKEY_E2E_ADMIN ?? 'admin', password: process.env.LATCHKEY_E2E_PASSWORD ?? '' },
    cli: () => {
      throw new Error('a running deployment has no command line here');
    },
  };
}

/** Starts both, and applies the demo's organizations, projects, integration and rules, or leaves the console empty. */
export async function startApp({ empty = false } = {}): Promise<App & { stop(): Promise<void> }> {
  const bin = program();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-e2e-'));
  const port = await freePort();
  const baseUrl = `http://localhost:${port}`;
  const idp = await startIdp({
    redirectUris: INTEGRATION_NAMES.map((name) => `${baseUrl}/login/oauth2/code/${name}`),
    postLogoutUris: [`${baseUrl}/signed-out`],
    backchannelLogoutUri: `${baseUrl}/oidc/backchannel-logout`,
  });
  const admin = { username: 'admin', password: `Test-${randomBytes(12).toString('base64url')}-1` };
  const config = join(folder, 'latchkey.toml');
  writeFileSync(
    config,
    `[outbound]\nallow_private = ["127.0.0.0/8", "::1/128"]\nallow_http = true\n`,
  );
  const env = {
    LATCHKEY_HTTP__LISTEN: `127.0.0.1:${port}`,
    LATCHKEY_HTTP__PUBLIC_URL: baseUrl,
    LATCHKEY_DATABASE__URL: `sqlite://${join(folder, 'latchkey.db')}`,
    LATCHKEY_SECRETS__KEY: randomBytes(32).toString('base64'),
    LATCHKEY_BOOTSTRAP__ADMIN_USERNAME: admin.username,
    LATCHKEY_BOOTSTRAP__ADMIN_PASSWORD: admin.password,
    DEMO_CLIENT_SECRET: idp.clientSecret,
  };
  const cli = (...args: string[]) => run(bin, [...args, '--config', config], env, folder);
  const server = start(bin, ['serve', '--config', config], env, folder);
  const stop = async () => {
    await server.stop();
    await idp.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('latchkey', server, async () => {
      const answer = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
      return answer?.ok ? true : undefined;
    });
    const wanted = join(folder, 'demo.yaml');
    writeFileSync(wanted, demoYaml(idp.issuer));
    if (!empty) {
      cli('apply', '-f', wanted);
      // The file only fills the console: what it sets may be changed in the browser.
      cli('apply', '--release', 'corp');
    }
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${server.output()}`);
  }
  return { baseUrl, admin, idp, cli, stop };
}

/** The demo's file with the address that the provider has this time. */
export function demoYaml(issuer: string): string {
  const text = readFileSync(new URL('../demo/demo.yaml', import.meta.url), 'utf8');
  return text.replaceAll('http://127.0.0.1:8091', issuer);
}

/** Signs in with the local form and waits until the browser has left it. */
export async function signInLocally(page: Page, app: App, who = app.admin): Promise<void> {
  await page.goto(`${app.baseUrl}/sign-in`);
  await page.getByLabel('User name').fill(who.username);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** Clicks the integration's button, picks the person at the provider, and waits to be back. */
export async function signInWithSso(page: Page, app: App, person: string, label = 'Corp SSO'): Promise<void> {
  await page.goto(`${app.baseUrl}/sign-in`);
  await page.getByRole('link', { name: label }).or(page.getByRole('button', { name: label })).click();
  await chooseAtProvider(page, person);
  await page.waitForURL((url) => url.origin === app.baseUrl && !url.pathname.startsWith('/login/'));
}

/** On the provider's page: a click on the person's name. */
export async function chooseAtProvider(page: Page, person: string): Promise<void> {
  await page.locator(`button[name="login"][value="${person}"]`).click();
}

/** Who opens a page: the local administrator, somebody at the provider, or nobody. */
export type Who = 'admin' | Person | 'nobody';

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

interface WorkerFixtures {
  app: App;
  emptyApp: App;
  states: Map<string, State>;
}

interface TestFixtures {
  /**
   * A page of a browser of this person's own, signed in. The session is shared by the worker's tests, so it must not be
   * ended: a test that signs out signs in for itself.
   */
  as(who: Who, app?: App): Promise<Page>;
}

/**
 * Playwright's `test`, with `app`: one server a worker, started when the first test asks for it; `emptyApp`: another one
 * without integrations, rules and people; and `as`.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  app: [
    async ({}, use) => {
      if (process.env.BASE_URL) {
        await use(running(process.env.BASE_URL));
        return;
      }
      const app = await startApp();
      await use(app);
      await app.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  emptyApp: [
    async ({}, use) => {
      const app = await startApp({ empty: true });
      await use(app);
      await app.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  states: [async ({}, use) => use(new Map()), { scope: 'worker' }],
  as: async ({ browser, app: usual, states }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (who, app = usual) => {
      const key = `${who} ${app.baseUrl}`;
      const context = await browser.newContext({ storageState: states.get(key) });
      contexts.push(context);
      const page = await context.newPage();
      if (who !== 'nobody' && !states.has(key)) {
        if (who === 'admin') await signInLocally(page, app);
        else await signInWithSso(page, app, who);
        states.set(key, await context.storageState());
      }
      return page;
    });
    for (const context of contexts) await context.close();
  },
});
