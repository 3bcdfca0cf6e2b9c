// Exchanging a client secret while people sign in: the new one is put beside the old one first.

import type { Browser, Page } from '@playwright/test';

import { type App, expect, signInWithSso, test } from '../support/app.ts';
import { button, field, idpOf, link, open, rest, title, unique, watch } from '../support/console.ts';
import { type Idp, startIdp } from '../support/idp.ts';

test.describe.configure({ timeout: 180_000 });

/** A provider of the test's own, because its secret changes, and an integration with it. */
async function withProvider(app: App, admin: Page, use: (idp: Idp, name: string, person: string) => Promise<void>): Promise<void> {
  idpOf(app);
  const [name, person] = [unique('rotate'), unique('person')];
  const idp = await startIdp({ redirectUris: [`${app.baseUrl}/login/oauth2/code/${name}`], people: [{ login: person, sub: 'one', name: 'Rosa Rotate', groups: [] }] });
  try {
    await rest(admin, app, 'POST', '/integrations', {
      name,
      label: `Label of ${name}`,
      protocol: 'oidc',
      issuer: idp.issuer,
      clientId: idp.clientId,
      clientSecret: idp.clientSecret,
      oauthScopes: ['openid', 'profile', 'email', 'groups'],
      enabled: true,
    });
    await use(idp, name, person);
    await rest(admin, app, 'DELETE', `/integrations/${name}`);
  } finally {
    await idp.stop();
  }
}

/** In a browser of their own, which knows nothing of the provider yet. */
async function signIn(browser: Browser, app: App, name: string, person: string): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signInWithSso(page, app, person, `Label of ${name}`);
  await open(page, app, '/me');
  await expect(page.getByText(`Signed in with ${name}`, { exact: true })).toBeVisible();
  await context.close();
}

/** The card of a secret. */
function secret(page: Page, number: number) {
  return page.locator('.card').filter({ has: page.getByRole('heading', { name: `Secret ${number}`, exact: true }) });
}

test('a secret is exchanged while people sign in, and nobody is turned away', async ({ as, app, browser }) => {
  const page = await as('admin');
  await withProvider(app, page, async (idp, name, person) => {
    const watched = await watch(page, app);
    const fresh = `fresh-secret-of-${name}`;
    await signIn(browser, app, name, person);

    await open(page, app, `/integrations/${name}`);
    await page.getByRole('link', { name: '1 secret: look at them or add one' }).click();
    await expect(title(page)).toHaveText(`Client secrets of Label of ${name}`);
    await expect(secret(page, 1)).toContainText('In use');
    await expect(page.getByRole('heading', { name: 'Add a secret beside it' })).toBeVisible();
    await field(page, 'Client secret').fill(fresh);
    await button(page, 'Add secret').click();
    await expect(secret(page, 2)).toContainText('Tried when the other is refused');
    await expect(secret(page, 2)).toContainText('Not yet');
    expect(await page.content()).not.toContain(fresh);

    // The provider does not know the new one yet: the old one goes on.
    await signIn(browser, app, name, person);
    await open(page, app, `/integrations/${name}/secrets`);
    await expect(secret(page, 1)).toContainText('In use');
    await expect(page.getByText('Refused by the provider')).toHaveCount(0);

    await idp.setClientSecret(fresh);
    await signIn(browser, app, name, person);
    await open(page, app, `/integrations/${name}/secrets`);
    await expect(secret(page, 2)).toContainText('In use');
    await expect(secret(page, 1)).toContainText('Refused by the provider');
    await expect(secret(page, 1)).toContainText('Tried when the other is refused');
    await expect(page.getByRole('heading', { name: 'The provider refuses the old client secret' })).toBeVisible();
    await expect(page.getByText('the one in slot 2 is used. Remove the refused one.', { exact: false })).toBeVisible();
    await signIn(browser, app, name, person);

    await secret(page, 1).getByRole('link', { name: /^Remove…/ }).click();
    await expect(page.getByText('The secret in use stays.')).toBeVisible();
    await button(page, 'Remove secret 1').click();
    await expect(secret(page, 1)).toHaveCount(0);
    await expect(secret(page, 2)).toContainText('In use');
    await expect(page.getByRole('heading', { name: 'The provider refuses the old client secret' })).toHaveCount(0);
    await signIn(browser, app, name, person);
    expect(watched.problems).toEqual([]);
  });
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a secret is added and removed by plain forms', async ({ as, app, browser }) => {
    const page = await as('admin');
    await withProvider(app, page, async (idp, name, person) => {
      const fresh = `fresh-secret-of-${name}`;
      await page.goto(`${app.baseUrl}/integrations/${name}/secrets`);
      await button(page, 'Add secret').click();
      await expect(page.getByRole('alert')).toContainText('Not changed');
      await field(page, 'Client secret').fill(fresh);
      await button(page, 'Add secret').click();
      await expect(page.getByText('The new secret is stored.', { exact: false })).toBeVisible();
      await expect(secret(page, 2)).toContainText('Tried when the other is refused');
      expect(await page.content()).not.toContain(fresh);
      await idp.setClientSecret(fresh);
      await secret(page, 2).getByRole('button', { name: /^Use first/ }).click();
      await expect(secret(page, 2)).toContainText('In use');
      await secret(page, 1).getByRole('link', { name: /^Remove…/ }).click();
      await link(page, 'Cancel').click();
      await expect(secret(page, 1)).toBeVisible();
      await secret(page, 1).getByRole('link', { name: /^Remove…/ }).click();
      await button(page, 'Remove secret 1').click();
      await expect(secret(page, 1)).toHaveCount(0);
      await expect(page.getByText('The secret is removed.')).toBeVisible();
      const context = await browser.newContext();
      await signInWithSso(await context.newPage(), app, person, `Label of ${name}`);
      await context.close();
    });
  });
});
