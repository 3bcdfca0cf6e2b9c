// OAuth 2.0 without OpenID Connect: endpoints typed by hand, and claims inside objects of the provider's own interface.

import type { Page } from '@playwright/test';

import { type App, expect, test } from '../support/app.ts';
import { button, field, idpOf, open, rest, summary, title, unique, watch } from '../support/console.ts';
import { type Account, type PlainOAuth2, startPlainOAuth2 } from '../support/plain-oauth2.ts';
import { claim, probeNow, states, tryToSignIn } from '../support/probe.ts';

/** User names are taken once: every test has people of its own. */
function accounts(): [Account, Account] {
  return [
    { id: 4711, login: unique('ada'), name: 'Ada Byron', email: 'ada@example.com', teams: ['engine-room'] },
    { id: 4712, login: unique('bob'), name: 'Bob Brown', email: 'bob@example.com', teams: [] },
  ];
}

/** The provider, for an integration of this name. */
async function withProvider(app: App, name: string, people: Account[], use: (provider: PlainOAuth2) => Promise<void>): Promise<void> {
  idpOf(app);
  const provider = await startPlainOAuth2(`${app.baseUrl}/login/oauth2/code/${name}`, people);
  try {
    await use(provider);
    expect(provider.refusals).toEqual([]);
  } finally {
    await provider.stop();
  }
}

function settings(provider: PlainOAuth2, name: string): Record<string, unknown> {
  return {
    name,
    label: `Label of ${name}`,
    protocol: 'oauth2',
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    oauthScopes: ['read:user'],
    endpoints: { authorization: provider.authorization, token: provider.token, userinfo: provider.userinfo },
    claims: {
      subject: 'data.id',
      username: 'data.login',
      displayName: 'data.profile.name',
      email: 'data.profile.email',
      groups: 'data.teams',
    },
    enabled: true,
  };
}

async function signIn(page: Page, app: App, label: string, person: string): Promise<void> {
  await page.goto(`${app.baseUrl}/sign-in`);
  await page.getByRole('link', { name: label }).click();
  await button(page, person).click();
  await page.waitForURL((url) => url.origin === app.baseUrl && !url.pathname.startsWith('/login/'));
}

test('a provider of plain OAuth 2.0 is connected by the page, probed, and gives roles by team', async ({ as, app, browser }) => {
  const name = unique('plain');
  await withProvider(app, name, accounts(), async (provider) => {
    const page = await as('admin');
    const watched = await watch(page, app);
    await open(page, app, '/integrations/new');
    await page.getByRole('link', { name: 'OAuth 2.0', exact: true }).click();
    await expect(field(page, 'Protocol')).toHaveValue('oauth2');
    // Nothing is discovered there, so there is nothing to read.
    await expect(button(page, 'Read settings')).toHaveCount(0);
    await expect(field(page, 'Subject claim')).toBeVisible();
    await field(page, 'Label').fill(`Label of ${name}`);
    await field(page, 'Name').fill(name);
    await field(page, 'Client id').fill(provider.clientId);
    await field(page, 'Client secret').fill(provider.clientSecret);
    await field(page, 'Scopes').fill('read:user');
    await field(page, 'Subject claim').fill('data.id');
    await field(page, 'User name claim').fill('data.login');
    await field(page, 'Full name claim').fill('data.profile.name');
    await field(page, 'E-mail claim').fill('data.profile.email');
    await field(page, 'Groups claim').fill('data.teams');
    // The preset's placeholders may not stay.
    await button(page, 'Save').click();
    await expect(summary(page)).toContainText('Token endpoint');
    await field(page, 'Authorization endpoint optional').fill(provider.authorization);
    await field(page, 'Token endpoint optional').fill(provider.token);
    await field(page, 'Userinfo endpoint optional').fill(provider.userinfo);
    await field(page, 'Client secret').fill(provider.clientSecret);
    await button(page, 'Save').click();
    await page.waitForURL(`${app.baseUrl}/integrations/${name}?created=1`);

    await open(page, app, `/integrations/${name}/probe`);
    await probeNow(page);
    const [address, tls, ...others] = await states(page);
    expect([address, tls]).toEqual(['Passed', 'Passed with a warning']);
    expect(others.slice(0, 3)).toEqual(['Skipped', 'Skipped', 'Skipped']);
    expect(others.slice(4, 5)).toEqual(['Passed']);
    expect(others).not.toContain('Failed');
    await expect(page.getByRole('status').filter({ hasText: 'All steps passed' })).toBeVisible();
    const tab = await tryToSignIn(page, (tab) => button(tab, 'Ada Byron').click());
    await tab.close();
    await expect(page.getByRole('heading', { name: 'The sign-in works' })).toBeVisible();
    await expect(claim(page, 'data.teams')).toContainText('engine-room');
    await expect(claim(page, 'data.id')).toContainText('4711');
    await expect(claim(page, 'data.id')).toContainText('Userinfo');

    const { items } = await rest<{ items: { id: string; name: string }[] }>(page, app, 'GET', '/organizations');
    const target = items.find((organization) => organization.name === 'Atlas')?.id;
    await rest(page, app, 'POST', '/mapping-rules', { integration: name, group: 'engine-room', role: 'ORG_OWNER', level: 'organization', target });
    await rest(page, app, 'POST', `/integrations/${name}/enable`);
    const context = await browser.newContext();
    const person = await context.newPage();
    await signIn(person, app, `Label of ${name}`, 'Ada Byron');
    await open(person, app, '/me');
    await expect(person.getByText('Ada Byron').first()).toBeVisible();
    await expect(person.getByText('ada@example.com').first()).toBeVisible();
    const owner = person.locator('.reasons > li').filter({ has: person.getByText('Organization owner', { exact: true }) });
    await expect(owner).toContainText('because you are in group engine-room');
    await context.close();

    // Without a team there is no role.
    const other = await browser.newContext();
    const bob = await other.newPage();
    await signIn(bob, app, `Label of ${name}`, 'Bob Brown');
    await open(bob, app, '/me');
    await expect(title(bob)).toHaveText('My access');
    await expect(bob.getByText('Bob Brown').first()).toBeVisible();
    await expect(bob.locator('.reasons > li')).toHaveCount(0);
    await other.close();
    expect(watched.problems).toEqual([]);
    await rest(page, app, 'DELETE', `/integrations/${name}`);
  });
});

test('people are recognised by their number, whatever they call themselves', async ({ as, app, browser }) => {
  const name = unique('number');
  const people = accounts();
  const [ada] = people;
  await withProvider(app, name, people, async (provider) => {
    const page = await as('admin');
    await rest(page, app, 'POST', '/integrations', settings(provider, name));
    const users = async () => (await rest<{ total: number }>(page, app, 'GET', '/users')).total;
    const before = await users();
    for (const called of ['Ada Byron', 'Countess of Lovelace']) {
      ada.login = unique('ada');
      ada.name = called;
      const context = await browser.newContext();
      const person = await context.newPage();
      await signIn(person, app, `Label of ${name}`, called);
      await open(person, app, '/me');
      await expect(person.getByText(called).first()).toBeVisible();
      await context.close();
      expect(await users()).toBe(before + 1);
    }
    await rest(page, app, 'DELETE', `/integrations/${name}`);
  });
});
