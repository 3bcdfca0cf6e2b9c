// Pictures of pages for people to look at: end2end/screenshots/PAGE-THEME-WIDTH.png.

import { fileURLToPath } from 'node:url';

import type { Page } from '@playwright/test';

import { THEMES, useTheme } from './a11y.ts';

const FOLDER = fileURLToPath(new URL('../screenshots', import.meta.url));
const WIDTHS = { wide: { width: 1280, height: 800 }, narrow: { width: 320, height: 700 } } as const;

/** Four pictures of the page as it is: both themes, wide and narrow. */
export async function screenshots(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const [width, size] of Object.entries(WIDTHS)) {
    await page.setViewportSize(size);
    for (const theme of THEMES) {
      await useTheme(page, theme);
      await page.screenshot({ path: `${FOLDER}/${name}-${theme}-${width}.png`, fullPage: true, animations: 'disabled' });
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}
