// The probe's page: its steps, and the sign-in that is tried from it.

import { type Locator, type Page, expect } from '@playwright/test';

import { chooseAtProvider } from './app.ts';
import { button } from './console.ts';

/** What the probe looks at, in this order. */
export const STEPS = [
  'The address resolves and may be called',
  'The connection is encrypted and the certificate holds',
  'The discovery document can be read',
  'The issuer is the one that is set',
  'The keys can be read',
  'Algorithms, PKCE and scopes fit',
  'Client id and secret are accepted',
  'The clocks agree',
] as const;

/** The step of this title, with how it went. */
export function step(page: Page, title: (typeof STEPS)[number]): Locator {
  return page.getByRole('listitem').filter({ has: page.getByText(title, { exact: true }) });
}

/** Begins a run and waits until it is over. */
export async function probeNow(page: Page): Promise<void> {
  await button(page, 'Probe now').click();
  await expect(page.getByRole('heading', { name: 'Sign in for real' })).toBeVisible({ timeout: 30_000 });
}

/** How every step went, in words, in the order of the steps. */
export async function states(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const title of STEPS) {
    const state = await step(page, title).getByText(/^(Waiting|Running|Passed|Passed with a warning|Failed|Skipped)$/).innerText();
    found.push(state);
  }
  return found;
}

/** Signs in for real in the tab that opens, and leaves it open. `choose` does what the provider's page wants. */
export async function tryToSignIn(page: Page, choose: (tab: Page) => Promise<void>): Promise<Page> {
  const opening = page.context().waitForEvent('page');
  await page.getByRole('link', { name: /^Sign in (for real|once more) \(new tab\)$/ }).click();
  const tab = await opening;
  await choose(tab);
  await expect(tab.getByText('The sign-in test is done. You can close this tab', { exact: false })).toBeVisible();
  return tab;
}

/** The same for somebody of `idp/people.json`. */
export async function tryAs(page: Page, person: string): Promise<Page> {
  return tryToSignIn(page, (tab) => chooseAtProvider(tab, person));
}

/** What the provider said under this name: value, where it came from, what it is used as. */
export function claim(page: Page, name: string): Locator {
  return page.getByRole('table').getByRole('row').filter({ has: page.getByText(name, { exact: true }) }).first();
}
