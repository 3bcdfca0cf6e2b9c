// Mapping rules: from the rule to the next sign-in.

import type { Page } from '@playwright/test';

import { expect, signInWithSso, test } from '../support/app.ts';
import type { App } from '../support/app.ts';
import { api, button, field, hydrated, idpOf, link, newPerson, open, ruleOf, summary, title, unique } from '../support/console.ts';

/** Signs the person in with a browser of its own and opens "My access". */
async function accessOf(page: Page, app: App, login: string): Promise<void> {
  await page.context().clearCookies();
  await signInWithSso(page, app, login);
  await open(page, app, '/me');
}

test('a rule gives its role at the next sign-in, with the reason, until it is removed', async ({ as, app, page }) => {
  const group = unique('Team/ö ');
  const login = await newPerson(app, [group]);
  await accessOf(page, app, login);
  await expect(page.getByRole('heading', { name: 'No roles yet' })).toBeVisible();

  const admin = await as('admin');
  await open(admin, app, '/mapping-rules');
  await link(admin, 'New rule').click();
  await expect(title(admin)).toHaveText('New mapping rule');
  await field(admin, 'Integration').selectOption({ label: 'Corp SSO' });
  await field(admin, 'Group').fill(group);
  await field(admin, 'Project').check();
  await field(admin, 'Where').selectOption({ label: 'Atlas / billing' });
  await field(admin, 'Role').selectOption({ label: 'Project owner' });
  await expect(admin.locator('form .rule-sentence')).toHaveText(`Members of ${group} are Project owner in Atlas / billing.`);
  await button(admin, 'Create rule').click();
  await expect(title(admin)).toHaveText('Mapping rules');
  await hydrated(admin);
  await expect(ruleOf(admin, group)).toContainText('Project owner');

  await accessOf(page, app, login);
  await expect(page.getByRole('heading', { name: /Atlas \/ billing/ })).toBeVisible();
  await expect(page.getByText('Project owner', { exact: true })).toBeVisible();
  await expect(page.getByText(`because you are in group ${group}`)).toBeVisible();

  await ruleOf(admin, group).getByRole('link').click();
  await expect(title(admin)).toHaveText('Mapping rule');
  await hydrated(admin);
  await expect(field(admin, 'Group')).toHaveValue(group);
  await expect(field(admin, 'Role')).toHaveValue('GROUP_OWNER');
  await field(admin, 'Role').selectOption({ label: 'Project read only' });
  await button(admin, 'Save').click();
  await expect(title(admin)).toHaveText('Mapping rules');
  await expect(ruleOf(admin, group)).toContainText('Project read only');
  await accessOf(page, app, login);
  await expect(page.getByText('Project read only', { exact: true })).toBeVisible();
  await expect(page.getByText('Project owner', { exact: true })).toHaveCount(0);

  await ruleOf(admin, group).getByRole('link').click();
  await field(admin, 'This rule counts').uncheck();
  await button(admin, 'Save').click();
  await expect(ruleOf(admin, group)).toContainText('Off');
  await accessOf(page, app, login);
  await expect(page.getByRole('heading', { name: 'No roles yet' })).toBeVisible();

  await ruleOf(admin, group).getByRole('link').click();
  await button(admin, 'Remove rule').click();
  await expect(title(admin)).toHaveText('Mapping rules');
  await expect(ruleOf(admin, group)).toHaveCount(0);
});

test('what the rules say now is what counts: a person who left a group loses its roles', async ({ app, page }) => {
  const login = await newPerson(app, ['auditors']);
  await accessOf(page, app, login);
  await expect(page.getByText('Global read only', { exact: true })).toBeVisible();
  await idpOf(app).put({ login, groups: ['dba-team'] });
  await accessOf(page, app, login);
  await expect(page.getByText('Global read only', { exact: true })).toHaveCount(0);
  await expect(page.getByText('Organization owner', { exact: true })).toBeVisible();
});

test('only roles and targets of the chosen level are offered, and the server refuses others', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules/new');
  const offered = (label: string) => field(page, label).locator('option').allInnerTexts();
  await field(page, 'Global').check();
  await expect(field(page, 'Where')).toHaveValue('global');
  expect(await offered('Role')).toContain('Global owner');
  expect(await offered('Role')).not.toContain('Project owner');
  await field(page, 'Organization').check();
  await expect(field(page, 'Where').locator('option', { hasText: 'Borealis' })).toHaveCount(1);
  expect(await offered('Role')).toHaveLength(1 + 5);
  await field(page, 'Project').check();
  await expect(field(page, 'Where').locator('option', { hasText: 'Atlas / billing' })).toHaveCount(1);
  expect(await offered('Role')).toHaveLength(1 + 13);

  const answer = await api(page, app, 'POST', '/mapping-rules', { integration: 'corp', group: 'g', role: 'GROUP_OWNER', level: 'global', target: null });
  expect(answer.status()).toBe(422);
  expect(JSON.stringify(await answer.json())).toContain('role');
});

test('an incomplete rule is refused with focus on what is wrong', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules/new');
  await button(page, 'Create rule').click();
  await expect(summary(page)).toBeFocused();
  for (const label of ['Group', 'Where', 'Role']) {
    await expect(summary(page).getByRole('link', { name: new RegExp(`^${label}: `) })).toBeVisible();
  }
  await summary(page).getByRole('link', { name: /^Role: / }).click();
  await expect(field(page, 'Role')).toBeFocused();
});

test('filters are in the address, so reload, back and sharing work', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules');
  await field(page, 'Level').selectOption({ label: 'Organization' });
  await field(page, 'Group').fill('dba-team');
  await button(page, 'Apply').click();
  await page.waitForURL((url) => url.searchParams.get('group') === 'dba-team' && url.searchParams.get('level') === 'organization');
  await hydrated(page);
  const found = page.locator('.rule-row');
  await expect(found).toHaveCount(1);
  await expect(found).toContainText('Organization owner');
  await page.reload();
  await hydrated(page);
  await expect(field(page, 'Group')).toHaveValue('dba-team');
  await expect(field(page, 'Level')).toHaveValue('organization');
  await expect(found).toHaveCount(1);
  await link(page, 'Clear').click();
  await expect(ruleOf(page, 'auditors').first()).toBeVisible();
  await expect(field(page, 'Group')).toHaveValue('');
  await page.goBack();
  await expect(found).toHaveCount(1);
  await expect(field(page, 'Group')).toHaveValue('dba-team');

  await open(page, app, '/mapping-rules?group=DBA-Team');
  await expect(page.getByRole('heading', { name: 'No rule matches these filters' })).toBeVisible();
  await link(page, 'Show all rules').click();
  await expect(ruleOf(page, 'auditors').first()).toBeVisible();
});

test('the form of a rule takes the group from the address', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules/new?group=from%20a%20link&integration=corp');
  await expect(field(page, 'Group')).toHaveValue('from a link');
  await expect(field(page, 'Integration')).toHaveValue('corp');
});
