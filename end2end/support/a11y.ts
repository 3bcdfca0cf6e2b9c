// Accessibility: every rule of WCAG 2.0, 2.1 and 2.2, A and AA, with none turned off, in both themes.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

export type Theme = 'light' | 'dark';
export const THEMES: readonly Theme[] = ['light', 'dark'];

export interface Violation {
  theme: Theme;
  rule: string;
  help: string;
  /** Selector and explanation of every element concerned. */
  where: string[];
}

/** Shows the page as someone sees it who has chosen this theme in their system. */
export async function useTheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
}

/** What axe finds on the page as it is, in both themes. `expect(await violations(page)).toEqual([])` shows all of it. */
export async function violations(page: Page): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const theme of THEMES) {
    await useTheme(page, theme);
    const { violations: results } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    for (const result of results) {
      found.push({
        theme,
        rule: result.id,
        help: result.help,
        where: result.nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
      });
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  return found;
}
