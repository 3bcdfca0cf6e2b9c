// The audit log: what it lists, how it is filtered, and what it never shows.

import { expect, test } from '../support/app.ts';
import { button, field, hydrated, idpOf, integrationOf, link, open, rest, title, unique } from '../support/console.ts';

test('a change is listed and its event shows what it was before and after, without the secret', async ({ as, app }) => {
  const page = await as('admin');
  const name = unique('audited');
  const secret = `very-secret-${name}`;
  await rest(page, app, 'POST', '/integrations', integrationOf(app, name, { clientSecret: secret, enabled: false }));
  await rest(page, app, 'PATCH', `/integrations/${name}`, { label: 'After', clientSecret: `${secret}-2` });

  await open(page, app, `/audit?integration=${name}`);
  const rows = page.getByRole('table').getByRole('rowheader');
  await expect(rows).toHaveText(['Integration changed', 'Integration created']);
  expect(await page.content()).not.toContain(secret);
  await rows.first().getByRole('link').click();
  await expect(title(page)).toHaveText('Integration changed');
  await hydrated(page);
  const row = page.getByRole('row').filter({ has: page.getByText('label', { exact: true }) });
  await expect(row).toContainText(`Label of ${name}`);
  await expect(row).toContainText('After');
  await expect(page.getByText('Details as recorded')).toBeVisible();
  await page.getByText('Details as recorded').click();
  expect(await page.content()).not.toContain(secret);
  await page.reload();
  await hydrated(page);
  expect(await page.content()).not.toContain(secret);

  await link(page, 'Everything with this reference').click();
  await expect(page.getByRole('table').getByRole('rowheader')).toHaveText(['Integration changed']);
  await rest(page, app, 'DELETE', `/integrations/${name}`);
});

test('sign-ins are listed with who and how; the filters are in the address', async ({ as, app }) => {
  await as('aisha');
  const page = await as('admin');
  await open(page, app, '/audit');
  await field(page, 'What').selectOption({ label: 'Signed in' });
  await field(page, 'Who').fill('aisha');
  await button(page, 'Apply').click();
  await page.waitForURL((url) => url.searchParams.get('kind') === 'login.succeeded' && url.searchParams.get('actor') === 'aisha');
  await hydrated(page);
  await expect(field(page, 'Who')).toHaveValue('aisha');
  await expect(field(page, 'What')).toHaveValue('login.succeeded');
  const names = page.getByRole('table').getByRole('rowheader');
  expect(new Set(await names.allInnerTexts())).toEqual(new Set(['Signed in']));
  await names.first().getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Roles of this login' })).toBeVisible();
  await expect(page.locator('.reasons').getByText('Global read only')).toBeVisible();
  await page.goBack();
  await expect(field(page, 'Who')).toHaveValue('aisha');
  await link(page, 'Clear').click();
  await expect(field(page, 'Who')).toHaveValue('');

  await open(page, app, '/audit?actor=nobody-has-this-name');
  await expect(page.getByRole('heading', { name: 'No event matches these filters' })).toBeVisible();
});

test('no page of the log holds a token, a password or a secret', async ({ as, app }) => {
  await as('olivia');
  const page = await as('admin');
  await open(page, app, '/audit');
  const links = await page.getByRole('table').getByRole('link').evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
  expect(links.length).toBeGreaterThan(3);
  for (const href of links.slice(0, 12)) {
    await page.goto(href);
    const text = await page.content();
    for (const secret of [app.admin.password, idpOf(app).clientSecret]) expect(text).not.toContain(secret);
    expect(text, href).not.toMatch(/eyJ[\w-]{10,}\.[\w-]+\./);
  }
});
