// Every page in every state: axe in both themes, 320 pixels wide, and with wide text spacing.

import type { Page } from '@playwright/test';

import { violations } from '../support/a11y.ts';
import { expect, test } from '../support/app.ts';
import { TOUR, visit } from '../support/tour.ts';

/** How far the page is wider than its window, in pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Text that is cut off: elements that hide what does not fit, and hold text that does not fit. */
function clipped(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cut: string[] = [];
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      const style = getComputedStyle(element);
      if (element.closest('.visually-hidden, input, select, svg') || !element.checkVisibility()) continue;
      const hides = (value: string) => value === 'hidden' || value === 'clip';
      const tooWide = hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
      const tooHigh = hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1;
      if ((tooWide || tooHigh) && element.innerText.trim() !== '') cut.push(`${element.className || element.tagName}: ${element.innerText}`);
    }
    return cut;
  });
}

/** WCAG 2.2, 1.4.12: what a reader may set. Not a style element, which the page's policy forbids. */
async function spaceOut(page: Page): Promise<void> {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }',
    );
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
}

for (const stop of TOUR) {
  test(`${stop.name} has no violation, fits 320 pixels and bears wide text spacing`, async ({ as, app, emptyApp }) => {
    const server = stop.empty ? emptyApp : app;
    const page = await as(stop.who, server);
    await visit(page, server, stop);
    expect.soft(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect.soft(await overflow(page), 'wider than 320 pixels').toBeLessThanOrEqual(0);
    expect.soft(await violations(page), 'narrow').toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await spaceOut(page);
    expect.soft(await overflow(page), 'wider than the window with wide text spacing').toBeLessThanOrEqual(0);
    expect.soft(await clipped(page), 'cut off with wide text spacing').toEqual([]);
    await stop.after?.(page, server);
  });
}

test('a theme that was chosen wins over the one of the system', async ({ as, app }) => {
  const page = await as('admin');
  await page.goto(`${app.baseUrl}/me`);
  await page.emulateMedia({ colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page).toHaveURL(`${app.baseUrl}/me`);
  expect(await background()).not.toBe(light);
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'As the system' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', /.*/);
});
