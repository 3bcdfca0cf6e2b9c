// Organizations, projects and roles, and who looks after one of them only.

import { expect, signInWithSso, test } from '../support/app.ts';
import { button, field, link, newPerson, open, postByScript, rest, summary, title, unique } from '../support/console.ts';

interface Made {
  id: string;
}

test('an organization is made with a project, and deleted only once nothing hangs on it', async ({ as, app }) => {
  const admin = await as('admin');
  const [name, group] = [unique('Org '), unique('team-')];
  await open(admin, app, '/organizations');
  await link(admin, 'New organization').click();
  await expect(title(admin)).toHaveText('New organization');
  await button(admin, 'Create organization').click();
  await expect(summary(admin)).toContainText('Enter a value.');
  await field(admin, 'Name').fill(name);
  await button(admin, 'Create organization').click();
  await expect(title(admin)).toHaveText(name);
  await expect(admin.getByText('The organization is created.')).toBeVisible();
  const page = new URL(admin.url()).pathname;

  await field(admin, 'Name of the new project').fill('billing');
  await button(admin, 'Create project').click();
  await expect(admin.getByText('The project is created.')).toBeVisible();
  await field(admin, 'Name of the new project').fill('billing');
  await button(admin, 'Create project').click();
  await expect(summary(admin)).toContainText('Choose another: this one is in use.');
  await expect(field(admin, 'Name of the new project')).toHaveValue('billing');
  await link(admin, 'billing').click();
  await expect(title(admin)).toHaveText('billing');
  const project = new URL(admin.url()).pathname.split('/').at(-1);
  const body = { integration: null, group, role: 'GROUP_OWNER', level: 'project', target: project };
  const rule = await rest<Made>(admin, app, 'POST', '/mapping-rules', body);

  await open(admin, app, page);
  await link(admin, 'Delete organization…').click();
  await expect(title(admin)).toHaveText(`Delete ${name}`);
  await expect(admin.getByRole('heading', { name: 'Cannot be deleted yet' })).toBeVisible();
  await expect(link(admin, 'billing')).toBeVisible();
  await expect(link(admin, `${group} → Project owner at ${name} / billing`)).toHaveAttribute('href', `/mapping-rules/${rule.id}`);
  await expect(button(admin, `Delete ${name}`)).toHaveCount(0);
  // Whoever sends the form all the same is refused.
  expect(await postByScript(admin, '/fn/organizations/remove', { id: page.split('/').at(-1) ?? '' })).toBe(409);

  await rest(admin, app, 'DELETE', `/mapping-rules/${rule.id}`);
  await open(admin, app, `/projects/${project}/delete`);
  await button(admin, 'Delete billing').click();
  await expect(admin.getByText('It is deleted.')).toBeVisible();
  await open(admin, app, `${page}/delete`);
  await button(admin, `Delete ${name}`).click();
  await expect(title(admin)).toHaveText('Organizations');
  await expect(link(admin, name)).toHaveCount(0);
});

test('a custom role is made, given by a rule, and deleted only when nothing gives it', async ({ as, app }) => {
  const admin = await as('admin');
  const role = `GROUP_${unique('T').toUpperCase().replaceAll(/[^A-Z0-9]/g, '')}`;
  await open(admin, app, '/roles/new');
  await field(admin, 'Name').fill('auditor');
  await field(admin, 'Label').fill('On call');
  await button(admin, 'Create role').click();
  await expect(summary(admin)).toContainText('Begin with GLOBAL_, ORG_ or GROUP_');
  await expect(field(admin, 'Label')).toHaveValue('On call');
  await field(admin, 'Name').fill(role);
  await button(admin, 'Create role').click();
  await expect(title(admin)).toHaveText('On call');
  const projects = await rest<{ items: Made[] }>(admin, app, 'GET', '/projects');
  const body = { integration: null, group: unique('g'), role, level: 'project', target: projects.items[0]?.id };
  const rule = await rest<Made>(admin, app, 'POST', '/mapping-rules', body);
  await open(admin, app, `/roles/${role}/delete`);
  await expect(admin.getByRole('heading', { name: 'Cannot be deleted yet' })).toBeVisible();
  await rest(admin, app, 'DELETE', `/mapping-rules/${rule.id}`);
  await open(admin, app, `/roles/${role}/delete`);
  await button(admin, 'Delete On call').click();
  await expect(admin.getByText('The role is deleted.')).toBeVisible();
});

test('an owner of one organization neither sees nor touches another', async ({ as, app, page }) => {
  const admin = await as('admin');
  const [mine, theirs, group] = [unique('Mine '), unique('Theirs '), unique('owners-')];
  const own = await rest<Made>(admin, app, 'POST', '/organizations', { name: mine });
  const other = await rest<Made>(admin, app, 'POST', '/organizations', { name: theirs });
  const project = await rest<Made>(admin, app, 'POST', '/projects', { name: 'secret', organization: other.id });
  const rule = (role: string, target: string, of: string) => ({ integration: null, group: of, role, level: 'organization', target });
  await rest(admin, app, 'POST', '/mapping-rules', rule('ORG_OWNER', own.id, group));
  const hidden = await rest<Made>(admin, app, 'POST', '/mapping-rules', rule('ORG_OWNER', other.id, `hidden-${group}`));
  await signInWithSso(page, app, await newPerson(app, [group]));

  await open(page, app, '/organizations');
  await expect(link(page, mine)).toBeVisible();
  expect(await page.content()).not.toContain(theirs);
  await open(page, app, '/mapping-rules');
  await expect(page.getByText(group, { exact: true })).toBeVisible();
  expect(await page.content()).not.toContain(`hidden-${group}`);
  for (const path of [`/organizations/${other.id}`, `/projects/${project.id}`, `/mapping-rules/${hidden.id}`]) {
    const response = await page.goto(`${app.baseUrl}${path}`);
    expect(response?.status(), path).toBe(404);
    expect(await page.content(), path).not.toContain(theirs);
  }
  await open(page, app, '/me');
  const fields = { id: other.id, name: 'Taken', revision: '1' };
  expect(await postByScript(page, '/fn/organizations/rename', fields)).toBe(404);
  expect(await postByScript(page, '/fn/rules/remove', { id: hidden.id })).toBe(404);

  // Their own they look after.
  await open(page, app, `/organizations/${own.id}`);
  await field(page, 'Name of the new project').fill('stock');
  await button(page, 'Create project').click();
  await expect(link(page, 'stock')).toBeVisible();
  await expect(link(page, 'Delete organization…')).toHaveCount(0);
  await open(page, app, '/me');
  await expect(page.getByText(`implied: it comes with Organization owner in ${mine}`)).toBeVisible();
});
