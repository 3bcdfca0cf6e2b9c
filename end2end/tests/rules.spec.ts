// Rules that ask for more than a group, several rules at once, and rules as files.

import { readFile } from 'node:fs/promises';

import { expect, signInWithSso, test } from '../support/app.ts';
import { button, field, hydrated, newPerson, open, ruleOf, title, unique } from '../support/console.ts';

test('a rule on a pattern is read as a sentence while it is written, and gives its role', async ({ as, app, page }) => {
  const start = unique('squad');
  const login = await newPerson(app, [`${start}-blue`]);
  const admin = await as('admin');
  await open(admin, app, '/mapping-rules/new');
  await admin.getByText('Only when more holds').click();
  await field(admin, 'Condition 1').selectOption({ label: 'A group fits the pattern' });
  await field(admin, 'Value 1').fill(`${start}-*`);
  await button(admin, 'Add condition').click();
  await expect(field(admin, 'Condition 3')).toBeVisible();
  await field(admin, 'Global').check();
  await field(admin, 'Role').selectOption({ label: 'Global read only' });
  await expect(admin.locator('form .rule-sentence')).toContainText(`when a group fits ${start}-*`);
  await button(admin, 'Create rule').click();
  await expect(title(admin)).toHaveText('Mapping rules');
  await expect(ruleOf(admin, `${start}-*`)).toContainText('Global read only');
  await signInWithSso(page, app, login);
  await open(page, app, '/me');
  await expect(page.getByText('Global read only', { exact: true })).toBeVisible();
});

test('a pasted list becomes a rule each, which are then removed together', async ({ as, app }) => {
  const admin = await as('admin');
  const name = unique('list');
  await open(admin, app, '/mapping-rules/new');
  await admin.getByText('The same rule for more groups').click();
  await admin.getByLabel('More groups').fill(`CN=${name},OU=a\nCN=${name},OU=b`);
  await field(admin, 'Global').check();
  await field(admin, 'Role').selectOption({ label: 'Global read only' });
  await button(admin, 'Create rule').click();
  await expect(title(admin)).toHaveText('Mapping rules');
  for (const unit of ['a', 'b']) {
    await ruleOf(admin, `CN=${name},OU=${unit}`).getByRole('checkbox').check();
  }
  await field(admin, 'What to do').selectOption({ label: 'Remove' });
  await button(admin, 'Change selected').click();
  await expect(admin.getByText('2 rules changed')).toBeVisible();
  await expect(ruleOf(admin, `CN=${name},OU=a`)).toHaveCount(0);
});

test('rules are exported, and the file is taken back', async ({ as, app }) => {
  const admin = await as('admin');
  await open(admin, app, '/mapping-rules');
  const waiting = admin.waitForEvent('download');
  await admin.getByRole('link', { name: 'Export CSV' }).click();
  const file = await (await waiting).path();
  expect(await readFile(file, 'utf8')).toContain('integration,group,role,level,target,enabled,conditions');
  await admin.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(title(admin)).toHaveText('Import mapping rules');
  await hydrated(admin);
  await field(admin, 'Choose the file').setInputFiles(file);
  await field(admin, 'Leave out rules that are there already').check();
  await button(admin, 'Check only').click();
  await expect(admin.getByText('The file is right: 0 rules would be made')).toBeVisible();
});
