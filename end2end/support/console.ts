// What tests do on the console's pages again and again.

import { type APIResponse, type Locator, type Page, type Response, expect, test } from '@playwright/test';

import type { App } from './app.ts';
import type { Idp } from './idp.ts';

/** Waits until the page's script has taken over. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator('html:is([data-hydrated], [data-document])').waitFor({ state: 'attached' });
}

/** Goes to a page of the console and waits until its script has taken over. */
export async function open(page: Page, app: App, path: string): Promise<Response> {
  const response = await page.goto(`${app.baseUrl}${path}`);
  if (!response) throw new Error(`${path}: no answer`);
  await hydrated(page);
  return response;
}

/** The page's one `h1`. */
export function title(page: Page): Locator {
  return page.getByRole('heading', { level: 1 });
}

/** The control with exactly this label. */
export function field(page: Page | Locator, label: string): Locator {
  return page.getByLabel(label, { exact: true });
}

/** The list of what is wrong with a form. */
export function summary(page: Page): Locator {
  return page.getByRole('alert');
}

export function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

export function link(page: Page | Locator, name: string): Locator {
  return page.getByRole('link', { name, exact: true });
}

/** The sentence of a mapping rule for this group, in a list of rules. */
export function ruleOf(page: Page, group: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByText(group, { exact: true }) });
}

/** The button that opens the menu of the person who is signed in. */
export function userMenu(page: Page): Locator {
  return page.locator('details.menu > summary').filter({ visible: true });
}

export async function signOut(page: Page): Promise<void> {
  await userMenu(page).click();
  await button(page, 'Sign out').click();
  await page.waitForURL((url) => url.pathname === '/signed-out');
}

/** A call of the REST API as the person signed in on this page, as the console's own script would make it. */
export async function api(page: Page, app: App, method: string, path: string, data?: unknown): Promise<APIResponse> {
  return page.request.fetch(`${app.baseUrl}/api/v1${path}`, { method, data, headers: { origin: app.baseUrl }, maxRedirects: 0 });
}

/** The same, for calls that must work: the answer's JSON. */
export async function rest<T>(page: Page, app: App, method: string, path: string, data?: unknown): Promise<T> {
  const answer = await api(page, app, method, path, data);
  const text = await answer.text();
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A POST by the page's own script, as somebody would send who does not find the button. */
export async function postByScript(page: Page, path: string, fields: Record<string, string>): Promise<number> {
  return page.evaluate(
    async ([path, fields]) => {
      const answer = await fetch(path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
      return answer.status;
    },
    [path, fields] as const,
  );
}

let counter = 0;

/** A name that no other test uses: letters and digits. */
export function unique(prefix: string): string {
  counter += 1;
  return `${prefix}${process.pid.toString(36)}x${counter}`;
}

/** The provider. A running deployment has another one, so a test that asks for this one is skipped there. */
export function idpOf(app: App): Idp {
  test.skip(!app.idp, 'needs the identity provider of the tests');
  return app.idp as Idp;
}

/** Somebody new at the provider, in these groups; returns the login. */
export async function newPerson(app: App, groups: string[], more: Record<string, unknown> = {}): Promise<string> {
  const login = unique('person');
  await idpOf(app).put({ login, sub: `sub-${login}`, name: `Person ${login}`, email: `${login}@example.com`, groups, ...more });
  return login;
}

/** The settings of an integration with the tests' provider, as the REST API takes them. */
export function integrationOf(app: App, name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { issuer, clientId, clientSecret } = idpOf(app);
  return {
    name,
    label: `Label of ${name}`,
    protocol: 'oidc',
    issuer,
    clientId,
    clientSecret,
    oauthScopes: ['openid', 'profile', 'email', 'groups'],
    enabled: true,
    ...more,
  };
}

/** Presses Tab until the control has focus. */
export async function tabTo(page: Page, target: Locator, most = 80): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < most; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target}: not reached by ${most} presses of Tab`);
}

/** Chooses an option of the focused list with the arrow keys. */
export async function chooseByArrows(page: Page, select: Locator, label: string): Promise<void> {
  await page.keyboard.press('Home');
  const options = await select.locator('option').count();
  for (let presses = 0; presses < options; presses += 1) {
    const chosen = await select.evaluate((element: HTMLSelectElement) => element.selectedOptions[0]?.textContent?.trim());
    if (chosen === label) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`${select}: no option ${label}`);
}

/** What a page did that a good page does not do; filled while the page lives. */
export interface Watched {
  /** Errors and warnings of the console, failures of scripts, violations of the content security policy. */
  problems: string[];
  /** Requests to anybody but the console. */
  elsewhere: string[];
}

export async function watch(page: Page, app: App): Promise<Watched> {
  const watched: Watched = { problems: [], elsewhere: [] };
  await page.addInitScript(() => {
    window.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // The browser's own remark on a page or an answer with a status of 400 or more, which tests check by itself.
    if (/^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) return;
    watched.problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => watched.problems.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    watched.problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== app.baseUrl) watched.elsewhere.push(request.url());
  });
  return watched;
}
