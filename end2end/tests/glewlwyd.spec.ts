// A real provider that somebody else wrote, in C: Glewlwyd. What only works with our own two providers fails here.

import type { Page } from '@playwright/test';

import { type App, expect, test } from '../support/app.ts';
import { button, field, idpOf, link, open, rest, title, unique, watch } from '../support/console.ts';
import { type Glewlwyd, glewlwydRoot, startGlewlwyd } from '../support/glewlwyd.ts';
import { claim, probeNow, states, tryToSignIn } from '../support/probe.ts';

const ROOT = glewlwydRoot();
const GWEN = { username: 'gwen', password: 'the password of gwen', name: 'Gwen Wood', email: 'gwen@example.com', groups: ['dba-team', 'tree/house'] };

test.describe.configure({ timeout: 120_000 });
test.skip(!ROOT, 'Glewlwyd is not here: .make/setup.sh glewlwyd fetches it on a Debian-like system');

/** On its pages: the password, then what the client may know. */
async function signInThere(page: Page, grants: boolean): Promise<void> {
  await page.locator('#username').fill(GWEN.username);
  await page.locator('#password').fill(GWEN.password);
  await button(page, 'OK').click();
  if (grants) {
    for (const scope of ['profile', 'email', 'groups']) await page.getByLabel(scope, { exact: true }).check();
    await button(page, 'Grant access').click();
  }
  await page.getByTitle('Continue to client application').click();
}

async function withGlewlwyd(app: App, name: string, use: (provider: Glewlwyd) => Promise<void>): Promise<void> {
  idpOf(app);
  const provider = await startGlewlwyd(ROOT as string, [`${app.baseUrl}/login/oauth2/code/${name}`], [GWEN]);
  try {
    await use(provider);
  } finally {
    await provider.stop();
  }
}

test('Glewlwyd is connected by discovery, probed, and gives roles by group', async ({ as, app, browser }) => {
  const name = unique('glewlwyd');
  await withGlewlwyd(app, name, async (provider) => {
    const page = await as('admin');
    const watched = await watch(page, app);
    await open(page, app, '/integrations/new?preset=oidc');
    await field(page, 'Issuer').fill(provider.issuer);
    await button(page, 'Read settings').click();
    await expect(page.getByRole('heading', { name: 'Discovered' })).toBeVisible();
    await expect(page.getByText(`${provider.issuer}/token`, { exact: true })).toBeVisible();
    await button(page, 'Use the suggestions').click();
    await expect(field(page, 'Scopes')).toHaveValue('openid profile email groups');
    await expect(field(page, 'Groups claim')).toHaveValue('groups');
    await field(page, 'Label').fill(`Label of ${name}`);
    await field(page, 'Name').fill(name);
    await field(page, 'Client id').fill(provider.clientId);
    await field(page, 'Client secret').fill(provider.clientSecret);
    await button(page, 'Save').click();
    await page.waitForURL(`${app.baseUrl}/integrations/${name}?created=1`);

    await page.getByRole('listitem').getByRole('link', { name: 'Probe', exact: true }).click();
    await expect(title(page)).toHaveText('Probe');
    await probeNow(page);
    expect(await states(page)).not.toContain('Failed');
    expect(await states(page)).not.toContain('Skipped');
    const tab = await tryToSignIn(page, (tab) => signInThere(tab, true));
    await tab.close();
    await expect(page.getByRole('heading', { name: 'The sign-in works' })).toBeVisible();
    await expect(claim(page, 'preferred_username')).toContainText('gwen');
    await expect(claim(page, 'groups')).toContainText('tree/house');
    // What a real sign-in would give: by the rule of every integration none, by those of "corp" none either.
    await expect(page.getByText('None: no mapping rule names one of these groups.')).toBeVisible();

    await rest(page, app, 'POST', '/mapping-rules', { integration: name, group: 'tree/house', role: 'GLOBAL_READ_ONLY', level: 'global', target: null });
    await link(page, 'Go to the integration').click();
    await button(page, 'Enable').first().click();
    await expect(page.getByText('Enabled. People can sign in with it now.')).toBeVisible();

    const context = await browser.newContext();
    const person = await context.newPage();
    await person.goto(`${app.baseUrl}/sign-in`);
    await person.getByRole('link', { name: `Label of ${name}` }).click();
    await signInThere(person, false);
    await person.waitForURL((url) => url.origin === app.baseUrl && !url.pathname.startsWith('/login/'));
    await open(person, app, '/me');
    await expect(person.getByText('Gwen Wood').first()).toBeVisible();
    await expect(person.getByText('gwen@example.com').first()).toBeVisible();
    const role = person.locator('.reasons > li').filter({ has: person.getByText('Global read only', { exact: true }) });
    await expect(role).toContainText('because you are in group tree/house');
    await context.close();
    expect(watched.problems).toEqual([]);
    await rest(page, app, 'DELETE', `/integrations/${name}`);
  });
});

test('a wrong client secret is found out by the probe', async ({ as, app }) => {
  const name = unique('wrongsecret');
  await withGlewlwyd(app, name, async (provider) => {
    const page = await as('admin');
    await rest(page, app, 'POST', '/integrations', {
      name,
      label: `Label of ${name}`,
      protocol: 'oidc',
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: 'not the secret',
      oauthScopes: ['openid', 'profile', 'email', 'groups'],
      enabled: false,
    });
    await open(page, app, `/integrations/${name}/probe`);
    await probeNow(page);
    const found = await states(page);
    expect(found.slice(2, 6)).toEqual(['Passed', 'Passed', 'Passed', 'Passed']);
    // Every provider words this differently; what matters is that it does not pass.
    expect(['Failed', 'Passed with a warning']).toContain(found[6]);
    await rest(page, app, 'DELETE', `/integrations/${name}`);
  });
});
