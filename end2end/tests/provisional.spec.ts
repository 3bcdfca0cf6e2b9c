// What may lock everybody out is refused, and offered for ten minutes instead: with scripts and without.

import type { Page } from '@playwright/test';

import { type App, expect, signInLocally, signInWithSso, startApp, test } from '../support/app.ts';
import { button, field, hydrated, integrationOf, newPerson, rest, summary, title, unique } from '../support/console.ts';

test.describe.configure({ timeout: 120_000 });
test.skip(!!process.env.BASE_URL, 'locks a console of its own');

interface Rule {
  id: string;
  group: string;
}

/** A console of the test's own, without integrations: one change waits at a time. */
async function withConsole(use: (app: App) => Promise<void>): Promise<void> {
  const app = await startApp({ empty: true });
  try {
    await use(app);
  } finally {
    await app.stop();
  }
}

/** Presses the button of the offer, which stands there only after the refusal; the strip above the page says what waits. */
async function takeOffer(page: Page, offer: string, summaryOfChange: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Only provisionally' })).toBeVisible();
  await button(page, offer).click();
  await expect(page.getByRole('region', { name: 'Provisional change' })).toContainText(`\u201c${summaryOfChange}\u201d reverts in`);
  await expect(page.getByRole('heading', { name: 'Only provisionally' })).toHaveCount(0);
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with scripts' : 'without scripts';

  test(`an integration that would close the last way in is saved for ten minutes, ${how}`, async ({ browser }) => {
    await withConsole(async (app) => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      await signInLocally(page, app);
      await rest(page, app, 'POST', '/integrations', integrationOf(app, 'corp', { label: 'Corp SSO' }));
      await page.goto(`${app.baseUrl}/integrations/corp`);
      if (javaScriptEnabled) await hydrated(page);
      const typed = `typed-secret-${unique('x')}`;
      await field(page, 'Local sign-in stays on while this is enabled').uncheck();
      await field(page, 'Client secret').fill(typed);
      await expect(button(page, 'Save provisionally (10 minutes)')).toHaveCount(0);
      await button(page, 'Save').click();
      await expect(summary(page)).toContainText('Not saved');
      expect(await page.content()).not.toContain(typed);
      await takeOffer(page, 'Save provisionally (10 minutes)', 'Change Corp SSO');
      await expect(title(page)).toHaveText('Corp SSO');
      await expect(field(page, 'Local sign-in stays on while this is enabled')).not.toBeChecked();
      expect(await page.content()).not.toContain(typed);
      await button(page, 'Take it back now').click();
      await expect(title(page)).toHaveText('Integrations');
      const corp = await rest<{ localSignIn: boolean }>(page, app, 'GET', '/integrations/corp');
      expect(corp.localSignIn).toBe(true);
      await context.close();
    });
  });

  test(`a rule that is the last way in is changed and removed for ten minutes, ${how}`, async ({ browser }) => {
    await withConsole(async (app) => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      await signInLocally(page, app);
      await rest(page, app, 'POST', '/integrations', integrationOf(app, 'corp', { label: 'Corp SSO' }));
      const rule = { integration: 'corp', group: 'owners', role: 'GLOBAL_OWNER', level: 'global', target: null };
      const { id } = await rest<Rule>(page, app, 'POST', '/mapping-rules', rule);
      await context.clearCookies();
      await signInWithSso(page, app, await newPerson(app, ['owners']));
      await rest(page, app, 'PATCH', '/settings', { localSignIn: 'off' });
      const steps: [label: string, offer: string, said: string][] = [
        ['Save', 'Save provisionally (10 minutes)', 'Change the rule for owners'],
        ['Remove rule', 'Remove provisionally (10 minutes)', 'Remove the rule for owners'],
      ];
      for (const [label, offer, said] of steps) {
        await page.goto(`${app.baseUrl}/mapping-rules/${id}`);
        if (javaScriptEnabled) await hydrated(page);
        if (label === 'Save') await field(page, 'Group').fill('others');
        await button(page, label).click();
        await expect(summary(page)).toBeVisible();
        if (label === 'Save') await expect(field(page, 'Group')).toHaveValue('others');
        await takeOffer(page, offer, said);
        await expect(title(page)).toHaveText('Mapping rules');
        await button(page, 'Take it back now').click();
        await expect(page.getByRole('region', { name: 'Provisional change' })).toHaveCount(0);
        const now = await rest<Rule & { enabled: boolean }>(page, app, 'GET', `/mapping-rules/${id}`);
        expect([now.group, now.enabled]).toEqual(['owners', true]);
      }
      await context.close();
    });
  });
}
