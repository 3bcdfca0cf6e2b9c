// The main tasks with the keyboard alone. No call of click, fill, check or selectOption here.

import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../support/app.ts';
import { button, chooseByArrows, field, hydrated, idpOf, link, newPerson, open, rest, ruleOf, summary, tabTo, title, unique, userMenu } from '../support/console.ts';

async function type(page: Page, control: Locator, text: string): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.type(text);
}

async function press(page: Page, control: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press(key);
}

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await type(page, field(page, 'User name'), username);
  await type(page, field(page, 'Password'), password);
  await page.keyboard.press('Enter');
}

test('sign in, create an integration, add a rule, sign out', async ({ page, app, as }) => {
  test.slow();
  const idp = idpOf(app);
  await open(page, app, '/sign-in');
  await signIn(page, app.admin.username, app.admin.password);
  await expect(title(page)).toHaveText('Integrations');
  await hydrated(page);

  await press(page, link(page, 'New integration'));
  await expect(title(page)).toHaveText('New integration');
  await hydrated(page);
  await press(page, link(page, 'OpenID Connect'));
  await expect(title(page)).toBeFocused();
  await type(page, field(page, 'Issuer'), idp.issuer);
  await press(page, button(page, 'Read settings'), 'Space');
  await expect(page.getByRole('heading', { name: 'Discovered' })).toBeVisible();
  await press(page, button(page, 'Use the suggestions'), 'Space');
  await type(page, field(page, 'Label'), 'Keyboard SSO');
  await type(page, field(page, 'Name'), 'keyboard');
  await type(page, field(page, 'Client id'), idp.clientId);
  await press(page, button(page, 'Save'));
  await expect(title(page)).toHaveText('Keyboard SSO');
  await expect(title(page)).toBeFocused();
  await type(page, field(page, 'Client secret'), idp.clientSecret);
  await press(page, button(page, 'Save'));
  await expect(page.getByText('Saved. The next sign-in uses it.')).toBeVisible();
  await press(page, button(page, 'Enable').first());
  await expect(page.getByText('Enabled. People can sign in with it now.')).toBeVisible();

  const nav = page.getByRole('navigation', { name: 'Main' });
  await page.keyboard.press('Tab');
  await press(page, link(nav, 'Mapping rules'));
  await expect(title(page)).toHaveText('Mapping rules');
  await press(page, link(page, 'New rule'));
  await expect(title(page)).toHaveText('New mapping rule');
  await hydrated(page);
  const group = unique('keyboard-group');
  await tabTo(page, field(page, 'Integration'));
  await chooseByArrows(page, field(page, 'Integration'), 'Keyboard SSO');
  await type(page, field(page, 'Group'), group);
  await tabTo(page, field(page, 'Project'));
  await page.keyboard.press('ArrowUp');
  await expect(field(page, 'Organization')).toBeChecked();
  await tabTo(page, field(page, 'Where'));
  await chooseByArrows(page, field(page, 'Where'), 'Borealis');
  await tabTo(page, field(page, 'Role'));
  await chooseByArrows(page, field(page, 'Role'), 'Billing admin');
  await press(page, button(page, 'Create rule'));
  await expect(title(page)).toHaveText('Mapping rules');
  await expect(ruleOf(page, group)).toContainText('Billing admin');

  await press(page, userMenu(page));
  await press(page, button(page, 'Sign out'));
  await expect(title(page)).toHaveText('Signed out');

  // And with the new way in, as somebody of that group.
  const login = await newPerson(app, [group]);
  await press(page, link(page, 'Sign in again'));
  await expect(title(page)).toHaveText('Sign in');
  await press(page, page.getByRole('link', { name: 'Keyboard SSO' }));
  await press(page, page.locator(`button[name="login"][value="${login}"]`));
  await expect(title(page)).toHaveText('My access');
  await expect(page.getByText('Billing admin', { exact: true })).toBeVisible();
  await rest(await as('admin'), app, 'DELETE', '/integrations/keyboard');
});

test('the first stop leads past the navigation', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules');
  await page.keyboard.press('Tab');
  await expect(page.locator('.skip-link')).toBeFocused();
  await expect(page.locator('.skip-link')).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('main').getByRole('link').first()).toBeFocused();
});

test('after a failed submit focus is on the summary, and its links lead to the fields', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules/new');
  await press(page, button(page, 'Create rule'));
  await expect(summary(page)).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(field(page, 'Group')).toBeFocused();
  await page.keyboard.type('some-group');
  await press(page, button(page, 'Create rule'));
  await expect(summary(page)).toBeFocused();
  await expect(summary(page)).not.toContainText('Group:');
  await expect(field(page, 'Group')).toHaveValue('some-group');
});

test('a wrong password leads to the summary', async ({ as, app }) => {
  const page = await as('nobody');
  await open(page, app, '/sign-in');
  await signIn(page, 'nobody-with-a-keyboard', 'wrong');
  await expect(summary(page)).toBeFocused();
});

test('a page that asks first puts focus on Cancel and names the thing', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/integrations/corp/delete');
  await expect(link(page, 'Cancel')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText('Corp SSO');
  expect((await rest<{ name: string }>(page, app, 'GET', '/integrations/corp')).name).toBe('corp');
});

test('Escape closes the menu and gives focus back', async ({ as, app }) => {
  const page = await as('admin');
  await open(page, app, '/mapping-rules/new');
  await press(page, userMenu(page));
  await expect(button(page, 'Sign out')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(link(page.getByRole('listitem'), 'My access').last()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(button(page, 'Sign out')).toHaveCount(0);
  await expect(userMenu(page)).toBeFocused();
});

test('everything that takes focus shows it', async ({ as, app }) => {
  const page = await as('admin');
  for (const path of ['/integrations/new?preset=oidc', '/mapping-rules', '/audit']) {
    await open(page, app, path);
    const unmarked = new Set<string>();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return 'end';
        // A date control has parts of the browser's own, which mark their focus themselves.
        if (element.matches('input[type="datetime-local"]')) return '';
        const style = getComputedStyle(element);
        const around = element.parentElement ? getComputedStyle(element.parentElement) : style;
        const marked = (one: CSSStyleDeclaration) => (one.outlineStyle !== 'none' && one.outlineWidth !== '0px') || one.boxShadow !== 'none';
        return marked(style) || marked(around) ? '' : `${element.tagName} ${element.className} ${element.textContent?.slice(0, 40)}`;
      });
      if (found === 'end') break;
      if (found !== '') unmarked.add(found);
    }
    expect([...unmarked], path).toEqual([]);
  }
});
