// Signing in and out: with a password, with single sign-on, refused, tampered with.

import { chooseAtProvider, expect, signInLocally, signInWithSso, test } from '../support/app.ts';
import type { App } from '../support/app.ts';
import { api, button, field, hydrated, idpOf, link, newPerson, open, postByScript, signOut, summary, title, userMenu } from '../support/console.ts';
import { Visitor } from '../support/idp.ts';

import type { Locator, Page } from '@playwright/test';

/** The part of "My access" about one role. */
function role(page: Page, name: string): Locator {
  return page.locator('.reasons > li').filter({ has: page.getByText(name, { exact: true }) });
}

/** Starts a login in this browser and goes as far as the provider's answer, which is not delivered yet. */
async function answerOfProvider(page: Page, app: App, login: string): Promise<URL> {
  idpOf(app);
  const begun = await page.request.get(`${app.baseUrl}/oauth2/authorization/corp`, { maxRedirects: 0 });
  expect([302, 303]).toContain(begun.status());
  return new Visitor().signIn(begun.headers().location ?? '', login);
}

test('the administrator signs in with a password', async ({ page, app }) => {
  await signInLocally(page, app);
  await expect(title(page)).toHaveText('Integrations');
  await open(page, app, '/me');
  await expect(page.getByText('Signed in with a password')).toBeVisible();
  await expect(role(page, 'Global owner')).toContainText('Everything, everywhere');
  await expect(userMenu(page)).toHaveText('admin');
});

test('a wrong password and an unknown name get the same words, and the page keeps where to go', async ({ page, app }) => {
  const seen: string[] = [];
  for (const username of [app.admin.username, 'nobody-at-all']) {
    await open(page, app, '/sign-in?return_to=%2Faudit');
    await field(page, 'User name').fill(username);
    await field(page, 'Password').fill('not the password');
    await button(page, 'Sign in').click();
    await expect(summary(page)).toBeVisible();
    await hydrated(page);
    await expect(summary(page)).toBeFocused();
    seen.push((await summary(page).innerText()).replace(/Reference .*/, ''));
    await expect(page.locator('input[name="return_to"]')).toHaveValue('/audit');
    await expect(field(page, 'Password')).toHaveValue('');
  }
  expect(seen[0]).toContain('User name or password is wrong');
  expect(seen[1]).toBe(seen[0]);
  expect(page.url()).not.toContain('not%20the');
  await page.goto(`${app.baseUrl}/me`);
  await expect(title(page)).toHaveText('Sign in');
});

test('a password can be shown and pasted', async ({ as, app }) => {
  const page = await as('nobody');
  await open(page, app, '/sign-in');
  const password = field(page, 'Password');
  await expect(password).toHaveAttribute('autocomplete', 'current-password');
  await expect(field(page, 'User name')).toHaveAttribute('autocomplete', 'username');
  await password.fill('something');
  await button(page, 'Show').click();
  await expect(password).toHaveAttribute('type', 'text');
  await button(page, 'Hide').click();
  await expect(password).toHaveAttribute('type', 'password');
  await expect(password).toHaveValue('something');
});

test('Olivia is global owner because of her group, and may change things', async ({ as, app }) => {
  const page = await as('olivia');
  await open(page, app, '/me');
  await expect(page.getByText('Olivia Okafor')).toBeVisible();
  await expect(page.getByText('olivia@example.com')).toBeVisible();
  await expect(role(page, 'Global owner')).toContainText('because you are in group platform-admins');
  await expect(role(page, 'Global owner')).toContainText('signed in with corp');
  await expect(role(page, 'Organization member')).toContainText('because you are in group everyone');
  await open(page, app, '/integrations');
  await expect(link(page, 'New integration')).toBeVisible();
});

test('Aisha sees everything and can change nothing', async ({ as, app }) => {
  const page = await as('aisha');
  await open(page, app, '/me');
  await expect(role(page, 'Global read only')).toContainText('because you are in group auditors');

  await open(page, app, '/integrations');
  await expect(link(page, 'Corp SSO')).toBeVisible();
  await expect(link(page, 'New integration')).toHaveCount(0);
  await open(page, app, '/integrations/corp');
  await expect(field(page, 'Issuer')).toHaveValue(idpOf(app).issuer);
  for (const name of ['Save', 'Enable']) await expect(button(page, name)).toHaveCount(0);
  for (const name of ['Disable…', 'Delete…']) await expect(link(page, name)).toHaveCount(0);
  await open(page, app, '/mapping-rules');
  await expect(link(page, 'New rule')).toHaveCount(0);
  await page.getByRole('link', { name: /^Open the rule for platform-admins/ }).click();
  await expect(title(page)).toHaveText('Mapping rule');
  for (const name of ['Save', 'Remove rule']) await expect(button(page, name)).toHaveCount(0);
  await open(page, app, '/audit');
  await expect(page.getByRole('table')).toBeVisible();

  for (const path of ['/integrations/new', '/integrations/corp/disable', '/integrations/corp/delete', '/mapping-rules/new']) {
    expect((await page.goto(`${app.baseUrl}${path}`))?.status(), path).toBe(403);
    await expect(title(page)).toHaveText('Not allowed');
  }
  await open(page, app, '/me');
  expect(await postByScript(page, '/fn/integrations/set_enabled', { name: 'corp' })).toBe(403);
  expect(await postByScript(page, '/fn/integrations/remove', { name: 'corp' })).toBe(403);
  expect((await api(page, app, 'DELETE', '/integrations/corp')).status()).toBe(403);
  expect((await api(page, app, 'GET', '/integrations/corp')).status()).toBe(200);
});

test('Pavel sees his own page and his organization, and is refused the rest of the console', async ({ as, app }) => {
  const page = await as('pavel');
  await open(page, app, '/me');
  await expect(role(page, 'Organization owner')).toContainText('because you are in group dba-team');
  await expect(role(page, 'Data access admin')).toContainText('because you are in group dba-team');
  await expect(role(page, 'Global owner')).toHaveCount(0);
  const nav = page.getByRole('navigation', { name: 'Main' });
  await expect(nav.getByRole('link')).toHaveText(['Mapping rules', 'Organizations', 'Roles', 'My access']);

  for (const path of ['/integrations', '/integrations/corp', '/audit']) {
    const response = await page.goto(`${app.baseUrl}${path}`);
    expect(response?.status(), path).toBe(403);
    await expect(title(page)).toHaveText('Not allowed');
    await expect(page.getByText('Your roles do not allow this.')).toBeVisible();
    expect(await page.content()).not.toContain(idpOf(app).issuer);
  }
  await open(page, app, '/me');
  expect(await postByScript(page, '/fn/integrations/list', {})).toBe(403);
  for (const path of ['/integrations', '/users', '/audit-events', '/sessions']) {
    expect((await api(page, app, 'GET', path)).status(), path).toBe(403);
  }
});

test('Mei, whose group differs in case, gets no role and plain words', async ({ as, app }) => {
  const page = await as('mei');
  await open(page, app, '/me');
  await expect(page.getByText('Mei Tanaka')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No roles yet' })).toBeVisible();
  await expect(page.getByText('Ask your administrator which group you need')).toBeVisible();
  expect((await page.goto(`${app.baseUrl}/integrations`))?.status()).toBe(403);

  // The administrator reads in the audit log why.
  const admin = await as('admin');
  await open(admin, app, '/audit?kind=login.succeeded&actor=mei');
  await admin.getByRole('link', { name: /^Signed in, event/ }).first().click();
  await expect(admin.getByRole('heading', { name: 'Nearly' })).toBeVisible();
  await expect(admin.getByText('the token says “Platform-Admins”, which differs by upper and lower case')).toBeVisible();
});

test('Sam, who is in no group, signs in and has no role', async ({ as, app }) => {
  const page = await as('sam');
  await open(page, app, '/me');
  await expect(page.getByText('Sam Lindqvist')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No roles yet' })).toBeVisible();
});

test('after signing in one is where one wanted to go, with a password and with single sign-on', async ({ browser, app }) => {
  const wanted = '/audit?outcome=success';
  for (const way of ['password', 'sso']) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${app.baseUrl}${wanted}`);
    await expect(title(page)).toHaveText('Sign in');
    if (way === 'password') {
      await field(page, 'User name').fill(app.admin.username);
      await field(page, 'Password').fill(app.admin.password);
      await button(page, 'Sign in').click();
    } else {
      await page.getByRole('link', { name: 'Corp SSO' }).click();
      await chooseAtProvider(page, 'olivia');
    }
    await page.waitForURL(`${app.baseUrl}${wanted}`);
    await expect(title(page)).toHaveText('Audit log');
    await context.close();
  }
});

test('the way in that was used last is marked', async ({ page, context, app }) => {
  const login = await newPerson(app, []);
  await signInWithSso(page, app, login);
  // As when the session has ended by itself: signing out takes every cookie along.
  await context.clearCookies({ name: /^(?!latchkey-last$)/ });
  await open(page, app, '/sign-in');
  await expect(page.getByRole('link', { name: 'Corp SSO' })).toContainText('Last used');
});

test('after signing out the old page and the old cookie open nothing', async ({ page, context, app }) => {
  const login = await newPerson(app, ['auditors']);
  await signInWithSso(page, app, login);
  await open(page, app, '/integrations');
  const cookies = await context.cookies(app.baseUrl);
  await signOut(page);
  await expect(title(page)).toHaveText('Signed out');
  await page.goBack();
  await expect(title(page)).toHaveText('Sign in');
  await context.addCookies(cookies);
  await page.goto(`${app.baseUrl}/me`);
  await expect(title(page)).toHaveText('Sign in');
  expect((await api(page, app, 'GET', '/me')).status()).toBe(401);
});

test('a page that is still open says so when the session has ended elsewhere', async ({ browser, app }) => {
  const login = await newPerson(app, ['auditors']);
  const context = await browser.newContext();
  const [left, right] = [await context.newPage(), await context.newPage()];
  await signInWithSso(left, app, login);
  await open(left, app, '/me');
  await open(right, app, '/me');
  await signOut(right);
  await link(left.getByRole('navigation', { name: 'Main' }), 'Mapping rules').click();
  await expect(title(left)).toHaveText('Sign in');
  await context.close();
});

test('one ends another session of one’s own, and that browser is out at once', async ({ browser, app }) => {
  const login = await newPerson(app, []);
  const contexts = [await browser.newContext(), await browser.newContext()];
  const [here, there] = await Promise.all(contexts.map((context) => context.newPage())) as [Page, Page];
  await signInWithSso(there, app, login);
  await signInWithSso(here, app, login);
  await open(here, app, '/me');
  await expect(here.getByText('This session', { exact: true }).last()).toBeVisible();
  await here.getByRole('button', { name: /^End session/ }).click();
  await expect(here.getByText('The session has ended.')).toBeVisible();
  await expect(here.getByRole('button', { name: /^End session/ })).toHaveCount(0);
  await there.goto(`${app.baseUrl}/me`);
  await expect(title(there)).toHaveText('Sign in');
  for (const context of contexts) await context.close();
});

test('an answer with another state is refused with plain words and a reference that the audit log knows', async ({ as, app }) => {
  const page = await as('nobody');
  const callback = await answerOfProvider(page, app, 'olivia');
  const tampered = new URL(callback);
  tampered.searchParams.set('state', `${callback.searchParams.get('state')?.slice(0, -4)}AAAA`);
  await page.goto(tampered.href);
  await hydrated(page);
  expect(new URL(page.url()).pathname).toBe('/sign-in/failed');
  await expect(title(page)).toHaveText('The answer does not fit this browser');
  const text = await page.locator('main').innerText();
  for (const secret of [callback.searchParams.get('code'), callback.searchParams.get('state'), 'olivia']) expect(text).not.toContain(secret);
  const reference = new URL(page.url()).searchParams.get('reference') ?? '';
  expect(reference).toMatch(/^[\w-]{8,64}$/);
  await expect(page.getByText(reference)).toBeVisible();
  await page.goto(`${app.baseUrl}/me`);
  await expect(title(page)).toHaveText('Sign in');

  const admin = await as('admin');
  await open(admin, app, `/audit?reference=${reference}`);
  await admin.getByRole('link', { name: /^Sign-in failed, event/ }).click();
  await expect(admin.getByText('state_mismatch').first()).toBeVisible();
  expect(await admin.content()).not.toContain(callback.searchParams.get('code'));
});

test('an answer works only in the browser that asked', async ({ browser, as, app }) => {
  const page = await as('nobody');
  const callback = await answerOfProvider(page, app, 'olivia');
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(callback.href);
  await expect(title(stranger)).toHaveText('The answer does not fit this browser');
  await stranger.goto(`${app.baseUrl}/me`);
  await expect(title(stranger)).toHaveText('Sign in');
  await context.close();
});

test('an answer works once', async ({ as, app }) => {
  const page = await as('nobody');
  const callback = await answerOfProvider(page, app, 'olivia');
  await page.goto(callback.href);
  await expect(title(page)).toHaveText('Integrations');
  await page.goto(callback.href);
  await expect(title(page)).toHaveText('This answer was used before');
});

test('Cancel at the provider ends on a page that says so', async ({ as, app }) => {
  const page = await as('nobody');
  await page.goto(`${app.baseUrl}/oauth2/authorization/corp`);
  idpOf(app);
  await button(page, 'Cancel').click();
  await page.waitForURL((url) => url.pathname === '/sign-in/failed');
  await expect(page.getByText('Reference', { exact: true })).toBeVisible();
  expect(new URL(page.url()).searchParams.get('code')).toBe('provider_refused');
  await link(page, 'Back to sign-in').click();
  await expect(title(page)).toHaveText('Sign in');
});

test('an unknown way in is refused on a page', async ({ as, app }) => {
  const page = await as('nobody');
  await page.goto(`${app.baseUrl}/oauth2/authorization/nosuch`);
  await expect(title(page)).toHaveText('This way in does not exist');
});
