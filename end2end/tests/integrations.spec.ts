// Integrations: created by discovery, edited, enabled, disabled, deleted.

import { expect, signInWithSso, test } from '../support/app.ts';
import { api, button, field, hydrated, idpOf, integrationOf, link, newPerson, open, rest, summary, title, unique, watch } from '../support/console.ts';

test('an integration is created by discovery, enabled, and signs somebody in', async ({ as, app, browser }) => {
  const idp = idpOf(app);
  const page = await as('admin');
  const watched = await watch(page, app);
  await open(page, app, '/integrations');
  await link(page, 'New integration').click();
  await expect(title(page)).toHaveText('New integration');
  await hydrated(page);
  await link(page, 'OpenID Connect').click();
  await expect(title(page)).toBeFocused();

  await field(page, 'Issuer').fill(idp.issuer);
  await button(page, 'Read settings').click();
  await expect(page.getByRole('heading', { name: 'Discovered' })).toBeVisible();
  await expect(page.getByText(`${idp.issuer}/auth`, { exact: true })).toBeVisible();
  await expect(page.getByText('Supported (S256)')).toBeVisible();
  await field(page, 'Scopes').fill('openid');
  await button(page, 'Use the suggestions').click();
  await expect(field(page, 'Scopes')).toHaveValue(/\bopenid\b.*\bgroups\b/);
  await field(page, 'Label').fill('Workshop SSO');
  await field(page, 'Name').fill('workshop');
  await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/workshop`).first()).toBeVisible();
  await field(page, 'Client id').fill(idp.clientId);
  await field(page, 'Client secret').fill(idp.clientSecret);
  await button(page, 'Save').click();

  await page.waitForURL(`${app.baseUrl}/integrations/workshop?created=1`);
  await expect(title(page)).toHaveText('Workshop SSO');
  await expect(page.getByRole('heading', { name: 'Next' })).toBeVisible();
  await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/workshop`).first()).toBeVisible();
  expect(await page.content()).not.toContain(idp.clientSecret);

  const visitor = await browser.newContext();
  const person = await visitor.newPage();
  await open(person, app, '/sign-in');
  await expect(person.getByRole('link', { name: 'Workshop SSO' })).toHaveCount(0);
  await button(page, 'Enable').first().click();
  await expect(page.getByText('Enabled. People can sign in with it now.')).toBeVisible();
  await signInWithSso(person, app, 'noor', 'Workshop SSO');
  await open(person, app, '/me');
  await expect(person.getByText('Signed in with workshop', { exact: true })).toBeVisible();
  // Rules of "corp" do not count here, the ones of every integration do.
  await expect(person.getByText('Organization member', { exact: true })).toBeVisible();
  await expect(person.getByText('Project owner', { exact: true })).toHaveCount(0);
  await visitor.close();

  await open(page, app, '/integrations');
  await expect(link(page, 'Workshop SSO')).toBeVisible();
  expect(watched.problems).toEqual([]);
  expect(watched.elsewhere).toEqual([]);
  await rest(page, app, 'DELETE', '/integrations/workshop');
});

test('an empty form names every field, takes focus, and a link leads to the field', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/integrations/new?preset=oidc');
  for (const label of ['Issuer', 'Label', 'Name']) await field(page, label).fill('');
  await field(page, 'Scopes').fill('profile');
  await button(page, 'Save').click();
  await expect(summary(page)).toBeFocused();
  await expect(summary(page)).toContainText('Not saved');
  for (const label of ['Issuer', 'Label', 'Name', 'Client id', 'Scopes']) {
    await expect(summary(page).getByRole('link', { name: new RegExp(`^${label}: `) })).toBeVisible();
    await expect(field(page, label)).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(field(page, 'Scopes')).toHaveAccessibleDescription(/Add the scope openid\./);
  await expect(field(page, 'Scopes')).toHaveValue('profile');
  await summary(page).getByRole('link', { name: /^Client id: / }).click();
  await expect(field(page, 'Client id')).toBeFocused();
  await expect(page).toHaveURL(/\/integrations\/new/);
});

test('a field says what is wrong with it when it is left, and no sooner', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/integrations/new?preset=oidc');
  const issuer = field(page, 'Issuer');
  await issuer.pressSequentially('not a url');
  await expect(issuer).not.toHaveAttribute('aria-invalid', 'true');
  await issuer.press('Tab');
  await expect(issuer).toHaveAttribute('aria-invalid', 'true');
  await expect(issuer).toHaveAccessibleDescription(/Enter a whole URL/);
  await issuer.fill('https://idp.example.com/.well-known/openid-configuration');
  await issuer.press('Tab');
  await expect(issuer).toHaveAccessibleDescription(/Enter the issuer itself/);
  await issuer.fill('https://idp.example.com/');
  await issuer.press('Tab');
  await expect(issuer).not.toHaveAttribute('aria-invalid', 'true');
});

test('an issuer that is not there, or names another, is told apart by words', async ({ as, app }) => {
  const { issuer } = idpOf(app);
  const page = await as('admin');
  await open(page, app, '/integrations/new?preset=oidc');
  const { port } = new URL(app.baseUrl);
  for (const [wrong, words] of [
    ['http://127.0.0.1:9', 'the provider does not answer'],
    [`${issuer}/`, 'its discovery document names another'],
    [`http://127.0.0.1:${port}`, 'discovery document cannot be used'],
    ['http://10.1.2.3', 'its address is private'],
  ] as const) {
    await field(page, 'Issuer').fill(wrong);
    await button(page, 'Read settings').click();
    await expect(summary(page)).toContainText(words);
    await expect(summary(page)).toBeFocused();
    await expect(field(page, 'Issuer')).toHaveValue(wrong);
  }
});

test('a name that is in use is refused and what was typed stays', async ({ as, app }) => {
  const idp = idpOf(app);
  const page = await as('admin');
  await open(page, app, '/integrations/new?preset=oidc');
  await field(page, 'Issuer').fill(idp.issuer);
  await field(page, 'Label').fill('Another');
  await field(page, 'Name').fill('corp');
  await field(page, 'Client id').fill('one');
  await button(page, 'Save').click();
  await expect(summary(page)).toContainText('Name: Choose another: this one is in use.');
  await expect(field(page, 'Label')).toHaveValue('Another');
  await expect(field(page, 'Issuer')).toHaveValue(idp.issuer);
});

test('an integration is edited; the name stays, the secret is never shown', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('edit');
  await rest(page, app, 'POST', '/integrations', integrationOf(app, name));
  await open(page, app, '/integrations');
  await link(page, `Label of ${name}`).click();
  await expect(title(page)).toHaveText(`Label of ${name}`);
  await expect(field(page, 'Name')).toHaveAttribute('readonly', '');
  await expect(field(page, 'Client secret')).toHaveValue('');
  await expect(page.getByText(/^Set on /)).toBeVisible();
  await field(page, 'Label').fill(`New label ${name}`);
  await field(page, 'Required groups optional').fill('first group\nsecond/group');
  await button(page, 'Save').click();
  await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
  await expect(title(page)).toHaveText(`New label ${name}`);
  await page.reload();
  await hydrated(page);
  await expect(field(page, 'Label')).toHaveValue(`New label ${name}`);
  await expect(field(page, 'Required groups optional')).toHaveValue('first group\nsecond/group');

  // Another issuer is another party: it does not get the secret of the old one.
  await field(page, 'Issuer').fill('http://127.0.0.1:9/other');
  await button(page, 'Save').click();
  await expect(summary(page)).toContainText('Enter the client secret again');
  await rest(page, app, 'DELETE', `/integrations/${name}`);
});

test('a change that would overwrite somebody else’s is refused and what was typed stays', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('stale');
  await rest(page, app, 'POST', '/integrations', integrationOf(app, name));
  await open(page, app, `/integrations/${name}`);
  await field(page, 'Label').fill('Mine');
  await rest(page, app, 'PATCH', `/integrations/${name}`, { label: 'Theirs' });
  await button(page, 'Save').click();
  await expect(summary(page)).toBeFocused();
  await expect(summary(page)).toContainText('Somebody changed this meanwhile.');
  await expect(field(page, 'Label')).toHaveValue('Mine');
  const stored = await rest<{ label: string }>(page, app, 'GET', `/integrations/${name}`);
  expect(stored.label).toBe('Theirs');
  await rest(page, app, 'DELETE', `/integrations/${name}`);
});

test('a secret typed while somebody else saved is saved with the comparison, and never shown', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('typed');
  const typed = `typed-secret-of-${name}`;
  interface Shown {
    label: string;
    clientSecret: { setAt: string };
  }
  const before = await rest<Shown>(page, app, 'POST', '/integrations', integrationOf(app, name));
  await open(page, app, `/integrations/${name}`);
  await field(page, 'Client secret').fill(typed);
  await field(page, 'Order').fill('7');
  await rest(page, app, 'PATCH', `/integrations/${name}`, { label: 'Theirs' });
  await button(page, 'Save').click();
  await expect(page.getByText('The client secret you typed is kept, and saved with it.', { exact: false })).toBeVisible();
  expect(await page.content()).not.toContain(typed);
  await button(page, 'Save yours on top').click();
  await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
  await expect(title(page)).toHaveText('Theirs');
  const now = await rest<Shown>(page, app, 'GET', `/integrations/${name}`);
  expect(now.label).toBe('Theirs');
  expect(now.clientSecret.setAt > before.clientSecret.setAt).toBe(true);
  expect(await page.content()).not.toContain(typed);
  await rest(page, app, 'DELETE', `/integrations/${name}`);
});

test('disabling says what follows, ends the sessions of it and no others, and takes the button away', async ({ as, app, browser }) => {
  const admin = await as('admin');
  await rest(admin, app, 'POST', '/integrations', integrationOf(app, 'closing', { label: 'Closing SSO' }));
  const login = await newPerson(app, []);
  const context = await browser.newContext();
  const person = await context.newPage();
  await signInWithSso(person, app, login, 'Closing SSO');
  await open(person, app, '/me');

  await open(admin, app, '/integrations/closing');
  await link(admin, 'Disable…').click();
  await expect(title(admin)).toHaveText('Disable Closing SSO');
  await expect(admin.getByText(/^1 session ends at once \(.*\)\.$/)).toBeVisible();
  await expect(admin.getByText('1 person has no other way in.')).toBeVisible();
  await expect(admin.getByText(/^Global owners who can still sign in: .*admin/)).toBeVisible();
  await link(admin, 'Cancel').click();
  await expect(title(admin)).toHaveText('Closing SSO');
  expect((await api(person, app, 'GET', '/me')).status()).toBe(200);

  await link(admin, 'Disable…').click();
  await button(admin, 'Disable Closing SSO').click();
  await expect(title(admin)).toHaveText('Closing SSO');
  await expect(admin.getByText('Disabled', { exact: true })).toBeVisible();
  expect((await api(person, app, 'GET', '/me')).status()).toBe(401);
  await person.goto(`${app.baseUrl}/me`);
  await expect(title(person)).toHaveText('Sign in');
  await expect(person.getByRole('link', { name: 'Closing SSO' })).toHaveCount(0);
  await person.goto(`${app.baseUrl}/oauth2/authorization/closing`);
  await expect(title(person)).toHaveText('This way in is turned off');
  expect((await api(admin, app, 'GET', '/me')).status()).toBe(200);
  await context.close();
  await rest(admin, app, 'DELETE', '/integrations/closing');
});

test('deleting says what goes with it, and it is gone', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('gone');
  await rest(page, app, 'POST', '/integrations', integrationOf(app, name));
  await rest(page, app, 'POST', '/mapping-rules', { integration: name, group: 'g', role: 'GLOBAL_READ_ONLY', level: 'global', target: null });
  await open(page, app, `/integrations/${name}`);
  await link(page, 'Delete…').click();
  await expect(title(page)).toHaveText(`Delete Label of ${name}`);
  await expect(page.getByText('1 mapping rule of it is removed.')).toBeVisible();
  await button(page, `Delete Label of ${name}`).click();
  await page.waitForURL(`${app.baseUrl}/integrations`);
  await expect(link(page, 'Corp SSO')).toBeVisible();
  await expect(link(page, `Label of ${name}`)).toHaveCount(0);
  expect((await page.goto(`${app.baseUrl}/integrations/${name}`))?.status()).toBe(404);
  await expect(title(page)).toHaveText('Not found');
});
