// From an empty console to somebody signed in, as an administrator goes who has never done it: every step by the page.

import type { Page } from '@playwright/test';

import { type App, expect, signInLocally, startApp, test } from '../support/app.ts';
import { button, field, hydrated, idpOf, link, open, rest, signOut, title, watch } from '../support/console.ts';
import { STEPS, claim, probeNow, states, step, tryAs } from '../support/probe.ts';

interface Listed {
  total: number;
}

/** A console of the test's own, with nothing in it. */
async function withEmptyConsole(use: (app: App) => Promise<void>): Promise<void> {
  test.skip(Boolean(process.env.BASE_URL), 'needs an empty console');
  const app = await startApp({ empty: true });
  try {
    await use(app);
  } finally {
    await app.stop();
  }
}

async function people(page: Page, app: App): Promise<number> {
  return (await rest<Listed>(page, app, 'GET', '/users')).total;
}

/** Nothing but the local administrator was there before, and nobody came. */
async function nobodyCame(page: Page, app: App, before: number): Promise<void> {
  expect(await people(page, app)).toBe(before);
  const events = await rest<Listed>(page, app, 'GET', '/audit-events?kind=user.created');
  expect(events.total).toBe(0);
}

/** What the group that was found is good for. */
async function makeRule(page: Page, app: App, integration: string): Promise<void> {
  const rule = { integration, group: 'billing/owners', role: 'GLOBAL_READ_ONLY', level: 'global', target: null };
  await rest(page, app, 'POST', '/mapping-rules', rule);
}

async function hasRole(page: Page): Promise<void> {
  const role = page.locator('.reasons > li').filter({ has: page.getByText('Global read only', { exact: true }) });
  await expect(role).toContainText('because you are in group billing/owners');
}

test.describe.configure({ timeout: 120_000 });

test('a newcomer connects a provider, proves that it works, and people sign in', async ({ page, context }) => {
  await withEmptyConsole(async (app) => {
    const idp = idpOf(app);
    const watched = await watch(page, app);
    await signInLocally(page, app);
    const before = await people(page, app);

    await open(page, app, '/integrations');
    await expect(page.getByRole('heading', { name: 'No integrations yet' })).toBeVisible();
    await link(page, 'New integration').last().click();
    await expect(title(page)).toHaveText('New integration');
    await expect(page.getByText('Which provider is it?', { exact: false })).toBeVisible();
    await page.getByRole('list', { name: 'Kinds of providers' }).getByRole('link', { name: 'OpenID Connect', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'At OpenID Connect' })).toBeVisible();

    await field(page, 'Label').fill('Newcomer SSO');
    await field(page, 'Name').fill('newcomer');
    // The steps at the provider and the URLs follow the name while it is typed.
    await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/newcomer`)).toHaveCount(2);
    await field(page, 'Issuer').fill(idp.issuer);
    await button(page, 'Read settings').click();
    await expect(page.getByRole('heading', { name: 'Discovered' })).toBeVisible();
    await button(page, 'Use the suggestions').click();
    await expect(field(page, 'Scopes')).toHaveValue(/\bgroups\b/);
    await field(page, 'Client id').fill(idp.clientId);
    await field(page, 'Client secret').fill(idp.clientSecret);
    // The newcomer guesses wrong; the probe will show where the groups are.
    await field(page, 'Groups claim').fill('teams');
    await button(page, 'Save').click();

    await page.waitForURL(`${app.baseUrl}/integrations/newcomer?created=1`);
    await expect(title(page)).toHaveText('Newcomer SSO');
    await expect(page.getByRole('heading', { name: 'Next' })).toBeVisible();
    await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/newcomer`).first()).toBeVisible();
    await page.getByRole('listitem').getByRole('link', { name: 'Probe', exact: true }).click();

    await expect(title(page)).toHaveText('Probe');
    await probeNow(page);
    // Plain http on loopback is warned about; everything else passes.
    expect(await states(page)).toEqual(['Passed', 'Passed with a warning', ...STEPS.slice(2).map(() => 'Passed')]);
    await expect(page.getByRole('status').filter({ hasText: 'All steps passed, one with a warning.' })).toBeVisible();
    await expect(step(page, 'Client id and secret are accepted')).toContainText('The provider knows this client, and took its secret.');
    await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/newcomer`)).toBeVisible();
    expect(await page.content()).not.toContain(idp.clientSecret);

    const tab = await tryAs(page, 'noor');
    await expect(title(tab)).toHaveText('Probe');
    await tab.close();
    // The first tab shows it by itself.
    await expect(page.getByRole('heading', { name: 'The sign-in works' })).toBeVisible();
    await expect(page.getByText('Noor Haddad').first()).toBeVisible();
    await nobodyCame(page, app, before);
    await expect(claim(page, 'email')).toContainText('noor@example.com');
    await expect(claim(page, 'email')).toContainText(/ID token|Userinfo/);
    await expect(claim(page, 'groups')).toContainText('billing/owners');
    await expect(page.getByRole('heading', { name: 'No groups came' })).toBeVisible();

    await link(page, 'Use groups as Groups').click();
    await expect(title(page)).toHaveText('Newcomer SSO');
    await expect(page.getByRole('heading', { name: 'A claim was put into the form' })).toBeVisible();
    await expect(field(page, 'Groups claim')).toHaveValue('groups');
    await button(page, 'Save').click();
    await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
    const stored = await rest<{ claims: { groups: string } }>(page, app, 'GET', '/integrations/newcomer');
    expect(stored.claims.groups).toBe('groups');

    await makeRule(page, app, 'newcomer');
    await button(page, 'Enable').first().click();
    await expect(page.getByText('Enabled. People can sign in with it now.')).toBeVisible();
    await signOut(page);

    // Somebody else at the provider, with no session there.
    await context.clearCookies();
    await open(page, app, '/sign-in');
    await page.getByRole('link', { name: 'Newcomer SSO' }).click();
    await page.locator('button[name="login"][value="noor"]').click();
    await page.waitForURL((url) => url.origin === app.baseUrl && !url.pathname.startsWith('/login/'));
    await hydrated(page);
    await open(page, app, '/me');
    await expect(page.getByText('Noor Haddad').first()).toBeVisible();
    await expect(page.getByText('Signed in with newcomer', { exact: true })).toBeVisible();
    await hasRole(page);
    expect(watched.problems).toEqual([]);
  });
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a newcomer goes the same way by plain forms and links', async ({ page, context }) => {
    await withEmptyConsole(async (app) => {
      const idp = idpOf(app);
      await signInLocally(page, app);
      const before = await people(page, app);
      await page.goto(`${app.baseUrl}/integrations`);
      await link(page, 'New integration').last().click();
      await page.getByRole('list', { name: 'Kinds of providers' }).getByRole('link', { name: 'Keycloak', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'At Keycloak' })).toBeVisible();
      await field(page, 'Label').fill('Quiet SSO');
      await field(page, 'Name').fill('quiet');
      await field(page, 'Client id').fill(idp.clientId);
      await field(page, 'Client secret').fill(idp.clientSecret);
      // The preset's placeholder is still in the issuer.
      await button(page, 'Save').click();
      await expect(page.getByRole('alert')).toContainText('Issuer');
      await expect(page.getByRole('heading', { name: 'At Keycloak' })).toBeVisible();
      await field(page, 'Issuer').fill(idp.issuer);
      await field(page, 'Scopes').fill('openid profile email groups');
      await field(page, 'Groups claim').fill('teams');
      await field(page, 'Client secret').fill(idp.clientSecret);
      await button(page, 'Save').click();
      await page.waitForURL(`${app.baseUrl}/integrations/quiet?created=1`);
      await page.getByRole('listitem').getByRole('link', { name: 'Probe', exact: true }).click();

      await expect(title(page)).toHaveText('Probe');
      await probeNow(page);
      expect(await states(page)).toEqual(['Passed', 'Passed with a warning', ...STEPS.slice(2).map(() => 'Passed')]);

      const tab = await tryAs(page, 'noor');
      await expect(claim(tab, 'groups')).toContainText('billing/owners');
      await tab.close();
      await link(page, 'Look for the result').click();
      await expect(page.getByRole('heading', { name: 'The sign-in works' })).toBeVisible();
      await nobodyCame(page, app, before);
      await link(page, 'Use groups as Groups').click();
      await expect(field(page, 'Groups claim')).toHaveValue('groups');
      await button(page, 'Save').click();
      await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
      await makeRule(page, app, 'quiet');
      await button(page, 'Enable').first().click();
      await expect(link(page, 'Disable…')).toBeVisible();

      await context.clearCookies();
      await page.goto(`${app.baseUrl}/sign-in`);
      await page.getByRole('link', { name: 'Quiet SSO' }).click();
      await page.locator('button[name="login"][value="noor"]').click();
      await page.waitForURL((url) => url.origin === app.baseUrl && !url.pathname.startsWith('/login/'));
      await page.goto(`${app.baseUrl}/me`);
      await expect(page.getByText('Signed in with quiet', { exact: true })).toBeVisible();
      await hasRole(page);
    });
  });
});
