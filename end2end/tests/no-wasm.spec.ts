// The same console with JavaScript off: every form is a plain form.

import { expect, signInLocally, signInWithSso, test } from '../support/app.ts';
import { button, field, idpOf, integrationOf, link, newPerson, rest, ruleOf, signOut, summary, title, unique } from '../support/console.ts';

test.use({ javaScriptEnabled: false });

test('sign in with a password, be refused with a wrong one, sign out', async ({ page, app }) => {
  await page.goto(`${app.baseUrl}/sign-in`);
  await field(page, 'User name').fill('nobody-without-scripts');
  await field(page, 'Password').fill('wrong');
  await button(page, 'Sign in').click();
  await expect(summary(page)).toContainText('User name or password is wrong');
  await signInLocally(page, app);
  await expect(title(page)).toHaveText('Integrations');
  // What would do nothing is not offered.
  await page.goto(`${app.baseUrl}/integrations/new?preset=oidc`);
  await expect(button(page, 'Read settings')).toHaveCount(0);
  await expect(button(page, 'Show')).toHaveCount(0);
  await signOut(page);
  await page.goto(`${app.baseUrl}/integrations`);
  await expect(title(page)).toHaveText('Sign in');
});

test('sign in with single sign-on and see the roles', async ({ page, app }) => {
  const login = await newPerson(app, ['auditors', 'everyone']);
  await signInWithSso(page, app, login);
  await page.goto(`${app.baseUrl}/me`);
  await expect(page.getByText('Global read only', { exact: true })).toBeVisible();
  await expect(page.getByText('because you are in group auditors')).toBeVisible();
  await signOut(page);
});

test('an integration is created, enabled, used, edited, disabled and deleted', async ({ as, app, browser }) => {
  test.slow();
  const idp = idpOf(app);
  const page = await as('admin');
  await page.goto(`${app.baseUrl}/integrations`);
  await link(page, 'New integration').click();
  await link(page, 'OpenID Connect').click();
  await field(page, 'Issuer').fill(idp.issuer);
  await field(page, 'Label').fill('Scriptless SSO');
  await field(page, 'Name').fill('1wrong');
  await field(page, 'Client id').fill(idp.clientId);
  await field(page, 'Client secret').fill(idp.clientSecret);
  await field(page, 'Scopes').fill('openid profile email groups');
  await field(page, 'Required groups optional').fill('first\nsecond');
  await field(page, 'Create users at first sign-in').uncheck();
  await button(page, 'Save').click();

  await expect(title(page)).toHaveText('New integration');
  await expect(summary(page)).toContainText('Not saved');
  await expect(summary(page).getByRole('link', { name: /^Name: Use 2 to 32 letters/ })).toBeVisible();
  await expect(field(page, 'Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, 'Name')).toHaveValue('1wrong');
  await expect(field(page, 'Issuer')).toHaveValue(idp.issuer);
  await expect(field(page, 'Label')).toHaveValue('Scriptless SSO');
  await expect(field(page, 'Scopes')).toHaveValue('openid profile email groups');
  await expect(field(page, 'Required groups optional')).toHaveValue('first\nsecond');
  await expect(field(page, 'Create users at first sign-in')).not.toBeChecked();
  await expect(field(page, 'Local sign-in stays on while this is enabled')).toBeChecked();
  // The secret is typed again: it is in no page and in no address.
  await expect(field(page, 'Client secret')).toHaveValue('');
  expect(await page.content()).not.toContain(idp.clientSecret);
  expect(page.url()).not.toContain(encodeURIComponent(idp.clientSecret));

  await field(page, 'Name').fill('scriptless');
  await field(page, 'Client secret').fill(idp.clientSecret);
  await field(page, 'Required groups optional').fill('');
  await field(page, 'Create users at first sign-in').check();
  await button(page, 'Save').click();
  await page.waitForURL(`${app.baseUrl}/integrations/scriptless?created=1`);
  await expect(title(page)).toHaveText('Scriptless SSO');
  await expect(page.getByText(`${app.baseUrl}/login/oauth2/code/scriptless`).first()).toBeVisible();
  await button(page, 'Enable').first().click();
  await expect(link(page, 'Disable…')).toBeVisible();

  const context = await browser.newContext();
  const person = await context.newPage();
  await signInWithSso(person, app, await newPerson(app, []), 'Scriptless SSO');
  await expect(title(person)).toHaveText('My access');
  await context.close();

  await field(page, 'Label').fill('Scriptless, renamed');
  await button(page, 'Save').click();
  await expect(title(page)).toHaveText('Scriptless, renamed');
  await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
  await field(page, 'Label').fill('');
  await button(page, 'Save').click();
  await expect(summary(page)).toContainText('Label: Enter a value.');
  await expect(field(page, 'Label')).toHaveValue('');

  await link(page, 'Disable…').click();
  await expect(page.getByText(/^1 session ends at once \(.*\)\.$/)).toBeVisible();
  await button(page, 'Disable Scriptless, renamed').click();
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible();
  await link(page, 'Delete…').click();
  await button(page, 'Delete Scriptless, renamed').click();
  await expect(title(page)).toHaveText('Integrations');
  await expect(link(page, 'Scriptless, renamed')).toHaveCount(0);
});

test('a rule is created, edited and removed, and a wrong one keeps what was typed', async ({ as, app }) => {
  const page = await as('admin');
  const group = unique('no-script ');
  await page.goto(`${app.baseUrl}/mapping-rules`);
  await link(page, 'New rule').click();
  await field(page, 'Integration').selectOption({ label: 'Corp SSO' });
  await field(page, 'Group').fill(group);
  await field(page, 'Project').check();
  await field(page, 'Where').selectOption({ label: 'Project: Atlas / billing' });
  await field(page, 'Role').selectOption({ label: 'Global: Global owner' });
  await button(page, 'Create rule').click();
  await expect(title(page)).toHaveText('New mapping rule');
  await expect(summary(page)).toContainText('Role: Choose a role of the chosen level.');
  await expect(field(page, 'Group')).toHaveValue(group);
  await expect(field(page, 'Integration')).toHaveValue('corp');
  await expect(field(page, 'Project')).toBeChecked();
  await expect(field(page, 'Where').locator('option:checked')).toHaveText('Project: Atlas / billing');
  await expect(field(page, 'Role')).toHaveValue('GLOBAL_OWNER');

  await field(page, 'Role').selectOption({ label: 'Project: Project owner' });
  await button(page, 'Create rule').click();
  await expect(title(page)).toHaveText('Mapping rules');
  await expect(ruleOf(page, group)).toContainText('Project owner');

  await ruleOf(page, group).getByRole('link').click();
  await expect(field(page, 'Role')).toHaveValue('GROUP_OWNER');
  await field(page, 'Role').selectOption({ label: 'Project: Project read only' });
  await button(page, 'Save').click();
  await expect(ruleOf(page, group)).toContainText('Project read only');
  await ruleOf(page, group).getByRole('link').click();
  await button(page, 'Remove rule').click();
  await expect(title(page)).toHaveText('Mapping rules');
  await expect(ruleOf(page, group)).toHaveCount(0);
});

test('a change that would overwrite somebody else’s is refused and what was typed stays', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('stale');
  await rest(page, app, 'POST', '/integrations', integrationOf(app, name));
  await page.goto(`${app.baseUrl}/integrations/${name}`);
  await field(page, 'Label').fill('Mine');
  await rest(page, app, 'PATCH', `/integrations/${name}`, { label: 'Theirs' });
  await button(page, 'Save').click();
  await expect(summary(page)).toContainText('Somebody changed this meanwhile.');
  await expect(field(page, 'Label')).toHaveValue('Mine');
  await rest(page, app, 'DELETE', `/integrations/${name}`);
});

test('the audit log is filtered and read', async ({ as, app }) => {
  const page = await as('admin');
  await page.goto(`${app.baseUrl}/audit`);
  await field(page, 'What').selectOption({ label: 'Signed in' });
  await button(page, 'Apply').click();
  await expect(field(page, 'What')).toHaveValue('login.succeeded');
  await page.getByRole('table').getByRole('link').first().click();
  await expect(title(page)).toHaveText('Signed in');
});

test('the theme is chosen and kept', async ({ as, app }) => {
  const page = await as('admin');
  await page.goto(`${app.baseUrl}/mapping-rules?level=global`);
  const theme = page.getByRole('group', { name: 'Theme' });
  await theme.getByRole('button', { name: 'Dark' }).click();
  await expect(page).toHaveURL(`${app.baseUrl}/mapping-rules?level=global`);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(theme.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  await page.goto(`${app.baseUrl}/me`);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await theme.getByRole('button', { name: 'As the system' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', /.*/);
});

test('a password that is not taken is refused at its field, and none is shown again', async ({ as, app }) => {
  const page = await as('admin');
  await page.goto(`${app.baseUrl}/me/password`);
  await field(page, 'Current password').fill(app.admin.password);
  await field(page, 'New password').fill('correct horse battery');
  await field(page, 'New password again').fill('incorrect horse battery');
  await button(page, 'Change password').click();
  await expect(summary(page)).toContainText('Type the same password twice.');
  for (const label of ['Current password', 'New password', 'New password again']) await expect(field(page, label)).toHaveValue('');
  for (const typed of [app.admin.password, 'horse']) {
    expect(await page.content()).not.toContain(typed);
    expect(page.url()).not.toContain(encodeURIComponent(typed));
  }
});
