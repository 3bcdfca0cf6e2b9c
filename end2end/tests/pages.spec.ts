// Every page in every state: no errors, nothing loaded from elsewhere, the policy kept, and pictures to look at.

import { expect, test } from '../support/app.ts';
import { field, hydrated, link, open, title, watch } from '../support/console.ts';
import { screenshots } from '../support/screenshots.ts';
import { TOUR, visit } from '../support/tour.ts';

for (const stop of TOUR) {
  test(`${stop.name} loads without a complaint`, async ({ as, app, emptyApp }) => {
    const server = stop.empty ? emptyApp : app;
    const page = await as(stop.who, server);
    const watched = await watch(page, server);
    await visit(page, server, stop);
    await page.waitForLoadState('load');
    expect.soft(watched.problems).toEqual([]);
    expect.soft(watched.elsewhere).toEqual([]);
    await expect(title(page)).toHaveCount(1);
    await expect(page).toHaveTitle(/Latchkey$/);
    await screenshots(page, stop.name);
    await stop.after?.(page, server);
  });
}

test('a page brings a policy that allows no inline code and no frames, and is not stored', async ({ as, app }) => {
  for (const [who, path] of [['nobody', '/sign-in'], ['admin', '/integrations']] as const) {
    const response = await open(await as(who), app, path);
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=-]{16,}' 'wasm-unsafe-eval'/);
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).not.toMatch(/'unsafe-eval'/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['cache-control']).toContain('no-store');
  }
});

test('the policy stops a script that somebody slipped in', async ({ as, app }) => {
  const page = await as('nobody');
  const watched = await watch(page, app);
  await open(page, app, '/sign-in');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.slipped = true';
    document.body.append(script);
  });
  expect(await page.evaluate(() => 'slipped' in window)).toBe(false);
  expect(watched.problems.join('\n')).toContain('content security policy: script-src');
});

test('going from page to page in the browser works without a reload and without complaints', async ({ as, app }) => {
  const page = await as('admin');
  const watched = await watch(page, app);
  await open(page, app, '/integrations/new');
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  await link(page, 'OpenID Connect').click();
  await expect(field(page, 'Issuer')).toBeVisible();
  await page.goBack();
  await expect(link(page, 'OpenID Connect')).toBeVisible();
  await expect(page).toHaveTitle('New integration · Latchkey');
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
  expect(watched.problems).toEqual([]);
  expect(watched.elsewhere).toEqual([]);
});

test('a page that needs no script carries none, and is loaded by a click from one that does', async ({ as, app }) => {
  const page = await as('admin');
  const watched = await watch(page, app);
  await open(page, app, '/mapping-rules/new');
  const nav = page.getByRole('navigation', { name: 'Main' });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  for (const name of ['Audit log', 'Mapping rules', 'My access', 'Integrations']) {
    await link(nav, name).click();
    await expect(title(page)).toHaveText(name);
    await expect(link(nav, name)).toHaveAttribute('aria-current', 'page');
    await expect(page).toHaveTitle(`${name} · Latchkey`);
    await expect(page.locator('html')).toHaveAttribute('data-document', 'true');
    await page.waitForLoadState('load');
    await expect(page.locator('script[src], script[type=module], link[rel=modulepreload]')).toHaveCount(0);
  }
  expect(asked.filter((path) => /\.(js|wasm)$/.test(path))).toEqual([]);
  await page.goBack();
  await expect(title(page)).toHaveText('My access');
  expect(watched.problems).toEqual([]);
});

test('the start leads to what a person may see', async ({ as, app }) => {
  const starts = [['admin', 'Integrations'], ['aisha', 'Integrations'], ['pavel', 'My access'], ['sam', 'My access'], ['nobody', 'Sign in']] as const;
  for (const [who, heading] of starts) {
    const page = await as(who);
    await page.goto(`${app.baseUrl}/`);
    await expect(title(page)).toHaveText(heading);
    await hydrated(page);
    await expect(title(page)).toHaveText(heading);
  }
});
