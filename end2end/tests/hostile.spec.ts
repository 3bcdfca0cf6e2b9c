// Text that wants to be more than text, and links that want to lead elsewhere.

import { readFileSync } from 'node:fs';

import { expect, signInLocally, signInWithSso, test } from '../support/app.ts';
import { api, field, hydrated, integrationOf, newPerson, open, rest, ruleOf, title, unique, watch } from '../support/console.ts';

const NASTY = {
  script: '<script>window.hit=1;alert(1)</script>',
  image: '"><img src=x onerror="window.hit=1;alert(1)">',
  svg: "'><svg/onload=window.hit=1>",
  template: '{{7*7}}${7*7}<%= 7*7 %>',
  direction: 'admin\u202Egnp.exe\u202C',
  comment: '--><!--<textarea></title><style>*{display:none}</style>',
} as const;

const width = (page: { evaluate(run: () => number): Promise<number> }) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const [kind, text] of Object.entries(NASTY)) {
  test(`a group and a name with ${kind} in it are shown as text`, async ({ as, app, browser }) => {
    const admin = await as('admin');
    const watched = await watch(admin, app);
    const group = `${unique('g')}${text}`;
    const rule = await rest<{ id: string }>(admin, app, 'POST', '/mapping-rules', { integration: 'corp', group, role: 'GLOBAL_READ_ONLY', level: 'global', target: null });
    const login = await newPerson(app, [group], { name: `Name ${text}` });

    const context = await browser.newContext();
    const page = await context.newPage();
    const theirs = await watch(page, app);
    await signInWithSso(page, app, login);
    await open(page, app, '/me');
    await expect(page.getByText(`because you are in group ${group}`)).toBeVisible();
    // What cannot be seen is not taken over into a name.
    await expect(page.getByText(`Name ${text.replace(/\p{Cf}/gu, '')}`, { exact: true })).toBeVisible();
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
    expect(theirs.problems).toEqual([]);
    await context.close();

    await open(admin, app, '/mapping-rules');
    await expect(ruleOf(admin, group)).toContainText('Global read only');
    await open(admin, app, `/mapping-rules/${rule.id}`);
    await expect(field(admin, 'Group')).toHaveValue(group);
    await open(admin, app, `/mapping-rules?group=${encodeURIComponent(group)}`);
    await expect(field(admin, 'Group')).toHaveValue(group);
    await expect(ruleOf(admin, group)).toContainText('Global read only');
    await open(admin, app, `/audit?target=${encodeURIComponent(`rule:${rule.id}`)}`);
    await admin.getByRole('table').getByRole('link').first().click();
    await expect(title(admin)).toHaveText('Mapping rule created');
    expect(await admin.evaluate(() => 'hit' in window)).toBe(false);
    expect(watched.problems).toEqual([]);
    expect(watched.elsewhere).toEqual([]);
    await rest(admin, app, 'DELETE', `/mapping-rules/${rule.id}`);
  });

  test(`an integration’s label with ${kind} in it is shown as text`, async ({ as, app }) => {
    const admin = await as('admin');
    const watched = await watch(admin, app);
    const name = unique('hostile');
    const label = text.slice(0, 64);
    const made = await api(admin, app, 'POST', '/integrations', integrationOf(app, name, { label }));
    if (made.status() === 422) return; // Refused at the door is as good.
    expect(made.status()).toBe(201);
    for (const path of ['/integrations', `/integrations/${name}`, `/integrations/${name}/disable`, `/integrations/${name}/delete`, `/audit?integration=${name}`]) {
      await open(admin, app, path);
      expect(await admin.evaluate(() => 'hit' in window), path).toBe(false);
    }
    await open(admin, app, `/integrations/${name}`);
    await expect(title(admin)).toHaveText(label);
    const page = await as('nobody');
    const theirs = await watch(page, app);
    await open(page, app, '/sign-in');
    await expect(page.getByRole('link').filter({ has: page.getByText(label, { exact: true }) })).toBeVisible();
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
    expect([...watched.problems, ...theirs.problems]).toEqual([]);
    await rest(admin, app, 'DELETE', `/integrations/${name}`);
  });
}

test('a group that turns the direction of text does not turn the sentence around it', async ({ as, app }) => {
  const admin = await as('admin');
  const group = `${unique('turn')}\u202E`;
  const rule = await rest<{ id: string }>(admin, app, 'POST', '/mapping-rules', { integration: 'corp', group, role: 'GLOBAL_READ_ONLY', level: 'global', target: null });
  await open(admin, app, `/mapping-rules/${rule.id}`);
  const sentence = admin.locator('.rule-sentence').first();
  const left = (part: string) => sentence.locator(part).evaluate((element) => element.getBoundingClientRect().left);
  expect(await left('code')).toBeLessThan(await left('strong'));
  expect(await left('strong')).toBeLessThan(await left('em'));
  await rest(admin, app, 'DELETE', `/mapping-rules/${rule.id}`);
});

test('names and groups of ten thousand characters neither break a page nor a sign-in', async ({ as, app, browser }) => {
  const long = 'x'.repeat(10_000);
  const admin = await as('admin');
  const refused = await api(admin, app, 'POST', '/mapping-rules', { integration: 'corp', group: long, role: 'GLOBAL_READ_ONLY', level: 'global', target: null });
  expect(refused.status()).toBe(422);
  const group = `${unique('long')}${'y'.repeat(1000)}`;
  const rule = await rest<{ id: string }>(admin, app, 'POST', '/mapping-rules', { integration: 'corp', group, role: 'GROUP_READ_ONLY', level: 'project', target: await project() });

  async function project(): Promise<string> {
    const { items } = await rest<{ items: { id: string }[] }>(admin, app, 'GET', '/projects');
    return items[0]?.id ?? '';
  }

  const login = await newPerson(app, [long, group], { name: `Long ${long}` });
  const context = await browser.newContext();
  const page = await context.newPage();
  await signInWithSso(page, app, login);
  await open(page, app, '/me');
  await expect(page.getByText('Project read only', { exact: true })).toBeVisible();
  expect(await width(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 320, height: 700 });
  expect(await width(page)).toBeLessThanOrEqual(0);
  await context.close();

  await open(admin, app, `/mapping-rules?group=${group}`);
  await expect(ruleOf(admin, group)).toContainText('Project read only');
  expect(await width(admin)).toBeLessThanOrEqual(0);
  await admin.setViewportSize({ width: 320, height: 700 });
  expect(await width(admin)).toBeLessThanOrEqual(0);
  await rest(admin, app, 'DELETE', `/mapping-rules/${rule.id}`);
});

/** Every twelfth line of the corpus that the parser is tested with: here the browser reads what is left of it. */
function corpus(): string[] {
  const text = readFileSync(new URL('../../app/domain/tests/redirect_corpus.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  const marks = { '<TAB>': '\t', '<LF>': '\n', '<CR>': '\r', '<NUL>': '\0' };
  const real = (line: string) => Object.entries(marks).reduce((done, [mark, character]) => done.replaceAll(mark, character), line);
  return lines.filter((_, index) => index % 12 === 0).map(real);
}

test('no return target of the corpus leads away, whichever way one signs in', async ({ page, app }) => {
  test.slow();
  const targets = corpus();
  expect(targets.length).toBeGreaterThan(15);
  const login = await newPerson(app, []);
  await signInWithSso(page, app, login);
  const away: string[] = [];
  const own = [new URL(app.baseUrl).host, new URL(app.idp?.issuer ?? app.baseUrl).host];
  await page.route((url) => !own.includes(url.host), (route) => {
    away.push(route.request().url());
    return route.abort();
  });
  for (const target of targets) {
    for (const parameter of ['return_to', 'oms_back_url']) {
      // The provider knows the person already, so this comes back by itself.
      await page.goto(`${app.baseUrl}/oauth2/authorization/corp?${parameter}=${encodeURIComponent(target)}`);
      expect(new URL(page.url()).origin, JSON.stringify(target)).toBe(app.baseUrl);
      expect(new URL(page.url()).pathname, JSON.stringify(target)).toMatch(/^\/(me)?$/);
    }
  }
  await page.context().clearCookies();
  for (const target of ['//evil.example/', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '/\t/evil.example', '/%2f/evil.example']) {
    await page.goto(`${app.baseUrl}/sign-in?return_to=${encodeURIComponent(target)}`);
    await hydrated(page);
    for (const href of await page.getByRole('link').evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))) {
      expect(new URL(href).origin).toBe(app.baseUrl);
    }
  }
  await field(page, 'User name').fill(app.admin.username);
  await field(page, 'Password').fill(app.admin.password);
  await page.locator('form').getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  expect(new URL(page.url()).origin).toBe(app.baseUrl);
  expect(away).toEqual([]);
});

test('words in an address do not get into a page', async ({ as, app }) => {
  const page = await as('nobody');
  const watched = await watch(page, app);
  const words = 'Call <b>0800 EVIL</b>';
  for (const path of [
    `/sign-in/failed?code=${encodeURIComponent(words)}&reference=${encodeURIComponent(words)}`,
    `/sign-in?error=${encodeURIComponent(words)}&reference=${encodeURIComponent(words)}`,
    `/sign-in?__path=%2Ffn%2Fintegrations%2Fcreate&__err=${encodeURIComponent(Buffer.from(words).toString('base64'))}`,
    `/no-such-page/${encodeURIComponent(words)}`,
    `/${encodeURIComponent(NASTY.script)}`,
  ]) {
    await page.goto(`${app.baseUrl}${path}`);
    await expect(title(page)).toHaveCount(1);
    expect(await page.locator('body').innerText(), path).not.toContain('EVIL');
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
  }
  expect(watched.problems.filter((problem) => problem.startsWith('dialog') || problem.includes('policy'))).toEqual([]);
});

test('the sign-in page cannot be framed, neither by another site nor by this one', async ({ page, app }) => {
  const frames = `<h1>Win a prize</h1><iframe id="theirs" src="${app.baseUrl}/sign-in" width="600" height="600"></iframe>`;
  await page.route('http://framer.test/**', (route) => route.fulfill({ contentType: 'text/html', body: frames }));
  await page.goto('http://framer.test/');
  const framed = page.frames()[1];
  await expect.poll(() => framed?.url()).toContain('chrome-error://');
  await expect(page.frameLocator('#theirs').getByRole('heading', { name: 'Sign in' })).toHaveCount(0);
});

test('a form of another site changes nothing', async ({ page, app }) => {
  await signInLocally(page, app);
  const form = `<form method="post" action="${app.baseUrl}/fn/integrations/set_enabled"><input name="name" value="corp"><button>Go</button></form>`;
  await page.route('http://framer.test/**', (route) => route.fulfill({ contentType: 'text/html', body: form }));
  await page.goto('http://framer.test/');
  const answer = page.waitForResponse((response) => response.url().startsWith(app.baseUrl) && response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Go' }).click();
  expect((await answer).status()).toBe(403);
  await page.goto(`${app.baseUrl}/integrations/corp`);
  const stored = await rest<{ enabled: boolean }>(page, app, 'GET', '/integrations/corp');
  expect(stored.enabled).toBe(true);
});
