// Every page of the console in every state worth looking at: full, empty, refused, wrong.

import { fileURLToPath } from 'node:url';

import { type Page, expect } from '@playwright/test';

import type { App, Who } from './app.ts';
import { api, button, field, idpOf, integrationOf, link, open, rest, summary, title, userMenu } from './console.ts';

export interface Stop {
  name: string;
  who: Who;
  path: string | ((page: Page, app: App) => Promise<string>);
  status?: number;
  /** The console without integrations and rules. */
  empty?: boolean;
  /** A page without script. */
  plain?: boolean;
  /** What to do there first. */
  act?(page: Page, app: App): Promise<void>;
  /** What to put back afterwards. */
  after?(page: Page, app: App): Promise<void>;
}

interface Listed {
  items: { id: string }[];
}

/** The page of the first item of a list, or one below it. */
function first(list: string, page: string, below = ''): Exclude<Stop['path'], string> {
  return async (browser, app) => {
    const { items } = await rest<Listed>(browser, app, 'GET', list);
    return `${page}/${items[0]?.id}${below}`;
  };
}

/** A page of an integration with two secrets and a history, made when it is first asked for. */
function cared(page: string): Exclude<Stop['path'], string> {
  return async (browser, app) => {
    const name = 'cared';
    if ((await api(browser, app, 'GET', `/integrations/${name}`)).status() === 404) {
      await rest(browser, app, 'POST', '/integrations', integrationOf(app, name, { enabled: false, hidden: true }));
      await rest(browser, app, 'PATCH', `/integrations/${name}`, { clientSecret: { add: 'the-second-of-two', expiresAt: '2099-12-31T00:00:00Z' } });
      await rest(browser, app, 'PATCH', `/integrations/${name}`, { label: 'Renamed', claims: { groups: 'roles' } });
    }
    return `/integrations/${name}${page}`;
  };
}

/** Hands a file in, as somebody who moves from another system does; its plan is shown. */
async function handIn(page: Page, source: string, file: string): Promise<void> {
  await field(page, source).check();
  await page.getByLabel('Choose the file').setInputFiles(fileURLToPath(new URL(`../../server/tests/fixtures/${file}`, import.meta.url)));
  await button(page, 'Show the plan').click();
  await page.waitForURL((url) => url.searchParams.has('plan'));
  await expect(page.getByRole('heading', { name: 'Line by line' })).toBeVisible();
}

async function save(page: Page, name = 'Save'): Promise<void> {
  await button(page, name).click();
  await expect(summary(page)).toBeFocused();
}

export const TOUR: readonly Stop[] = [
  { name: 'sign-in', who: 'nobody', path: '/sign-in' },
  { name: 'sign-in-refused', who: 'nobody', path: '/sign-in?error=wrong_credentials&reference=0198c0de' },
  { name: 'sign-in-without-integrations', who: 'nobody', path: '/sign-in', empty: true },
  { name: 'sign-in-failed', who: 'nobody', path: '/sign-in/failed?code=state_mismatch&reference=0198c0de' },
  { name: 'signed-out', who: 'nobody', path: '/signed-out' },
  { name: 'not-found', who: 'admin', path: '/no-such-page', status: 404 },
  { name: 'not-allowed', who: 'pavel', path: '/integrations', status: 403, plain: true },
  { name: 'me', who: 'olivia', path: '/me' },
  { name: 'me-without-roles', who: 'sam', path: '/me' },
  {
    name: 'menu',
    who: 'admin',
    path: '/me',
    act: async (page) => {
      await userMenu(page).click();
      await expect(button(page, 'Sign out')).toBeVisible();
    },
  },
  { name: 'password', who: 'admin', path: '/me/password' },
  {
    name: 'password-wrong',
    who: 'admin',
    path: '/me/password',
    act: async (page, app) => {
      await field(page, 'Current password').fill(app.admin.password);
      await field(page, 'New password').fill('correct horse battery');
      await field(page, 'New password again').fill('incorrect horse battery');
      await save(page, 'Change password');
    },
  },
  { name: 'integrations', who: 'admin', path: '/integrations' },
  { name: 'integrations-read-only', who: 'aisha', path: '/integrations' },
  { name: 'integrations-empty', who: 'admin', path: '/integrations', empty: true },
  { name: 'integration-choose', who: 'admin', path: '/integrations/new' },
  { name: 'integration-new', who: 'admin', path: '/integrations/new?preset=keycloak' },
  { name: 'integration-new-wrong', who: 'admin', path: '/integrations/new?preset=oidc', act: (page) => save(page) },
  {
    name: 'integration-new-discovered',
    who: 'admin',
    path: '/integrations/new?preset=oidc',
    act: async (page, app) => {
      await field(page, 'Issuer').fill(idpOf(app).issuer);
      await button(page, 'Read settings').click();
      await expect(page.getByRole('heading', { name: 'Discovered' })).toBeVisible();
      await page.getByText('Advanced: endpoints').click();
    },
  },
  { name: 'integration', who: 'admin', path: '/integrations/corp' },
  { name: 'integration-created', who: 'admin', path: '/integrations/corp?created=1' },
  { name: 'integration-read-only', who: 'aisha', path: '/integrations/corp' },
  {
    name: 'integration-wrong',
    who: 'admin',
    path: '/integrations/corp',
    act: async (page) => {
      await field(page, 'Label').fill('');
      await save(page);
    },
  },
  { name: 'probe', who: 'admin', path: '/integrations/corp/probe' },
  {
    name: 'probe-done',
    who: 'admin',
    path: '/integrations/corp/probe',
    act: async (page) => {
      await button(page, 'Probe now').click();
      await expect(page.getByRole('heading', { name: 'Sign in for real' })).toBeVisible();
    },
  },
  { name: 'integration-disable', who: 'admin', path: '/integrations/corp/disable' },
  { name: 'integration-delete', who: 'admin', path: '/integrations/corp/delete' },
  { name: 'integration-secrets', who: 'admin', path: cared('/secrets') },
  { name: 'integration-secrets-read-only', who: 'aisha', path: '/integrations/corp/secrets' },
  { name: 'integration-secrets-remove', who: 'admin', path: cared('/secrets?remove=2') },
  { name: 'integration-history', who: 'admin', path: cared('/history') },
  { name: 'integration-version', who: 'admin', path: cared('/history/2') },
  { name: 'integration-watch', who: 'admin', path: '/integrations/corp/watch' },
  {
    name: 'integration-conflict',
    who: 'admin',
    path: cared(''),
    act: async (page, app) => {
      await field(page, 'Label').fill('Mine');
      await field(page, 'Client secret').fill('typed-while-somebody-saved');
      const { label } = await rest<{ label: string }>(page, app, 'GET', '/integrations/cared');
      await rest(page, app, 'PATCH', '/integrations/cared', { label: `${label} again`.slice(-40), claims: { email: 'mail' } });
      await save(page);
      await expect(page.getByRole('heading', { name: 'Somebody changed this while you were editing' })).toBeVisible();
    },
  },
  { name: 'import', who: 'admin', path: '/integrations/import' },
  { name: 'import-nothing', who: 'admin', path: '/integrations/import?nothing=1' },
  { name: 'import-plan-oms', who: 'admin', path: '/integrations/import', act: (page) => handIn(page, 'OMS', 'oms-config.yaml') },
  {
    name: 'import-plan-ops-manager',
    who: 'admin',
    path: '/integrations/import',
    act: (page) => handIn(page, 'Ops Manager', 'ops-manager.properties'),
  },
  {
    name: 'provisional',
    who: 'admin',
    path: '/me',
    empty: true,
    act: async (page, app) => {
      await rest(page, app, 'PATCH', '/settings?provisional=true', { localSignIn: 'off' });
      await page.reload();
      await expect(title(page)).toHaveText('My access');
      await expect(page.getByText('reverts in', { exact: false })).toBeVisible();
    },
    after: async (page, app) => {
      const { items } = await rest<Listed>(page, app, 'GET', '/pending-changes');
      await rest(page, app, 'POST', `/pending-changes/${items[0]?.id}/revert`);
    },
  },
  { name: 'integration-missing', who: 'admin', path: '/integrations/nosuch', status: 404 },
  { name: 'rules', who: 'admin', path: '/mapping-rules' },
  { name: 'rules-read-only', who: 'aisha', path: '/mapping-rules' },
  { name: 'rules-filtered-away', who: 'admin', path: '/mapping-rules?group=nobody-has-this' },
  { name: 'rules-empty', who: 'admin', path: '/mapping-rules', empty: true },
  { name: 'rules-import', who: 'admin', path: '/mapping-rules/import' },
  {
    name: 'rules-import-wrong',
    who: 'admin',
    path: '/mapping-rules/import',
    act: async (page) => {
      await page.getByLabel('Or paste its text').fill('group,role\n"CN=Admins,OU=x",NOBODY\n');
      await button(page, 'Check only').click();
      await expect(page.getByText('No rule was made')).toBeVisible();
    },
  },
  {
    name: 'rules-bulk-refused',
    who: 'admin',
    path: '/mapping-rules',
    act: async (page) => {
      await button(page, 'Change selected').click();
      await expect(page.getByText('Not changed')).toBeVisible();
    },
  },
  { name: 'rule-new', who: 'admin', path: '/mapping-rules/new' },
  { name: 'rule-new-wrong', who: 'admin', path: '/mapping-rules/new', act: (page) => save(page, 'Create rule') },
  { name: 'rule', who: 'admin', path: first('/mapping-rules', '/mapping-rules') },
  { name: 'rule-read-only', who: 'aisha', path: first('/mapping-rules', '/mapping-rules') },
  { name: 'organizations', who: 'admin', path: '/organizations' },
  { name: 'organizations-of-an-owner', who: 'pavel', path: '/organizations' },
  { name: 'organizations-empty', who: 'admin', path: '/organizations', empty: true },
  { name: 'organization-new', who: 'admin', path: '/organizations/new' },
  { name: 'organization-new-wrong', who: 'admin', path: '/organizations/new', act: (page) => save(page, 'Create organization') },
  { name: 'organization', who: 'admin', path: first('/organizations', '/organizations') },
  { name: 'organization-read-only', who: 'aisha', path: first('/organizations', '/organizations') },
  { name: 'organization-delete-refused', who: 'admin', path: first('/organizations', '/organizations', '/delete') },
  { name: 'project', who: 'admin', path: first('/projects', '/projects') },
  { name: 'project-delete-refused', who: 'admin', path: first('/projects', '/projects', '/delete') },
  { name: 'roles', who: 'admin', path: '/roles' },
  { name: 'role-new', who: 'admin', path: '/roles/new' },
  { name: 'role-new-wrong', who: 'admin', path: '/roles/new', act: (page) => save(page, 'Create role') },
  { name: 'role', who: 'admin', path: '/roles/GROUP_OWNER' },
  { name: 'audit', who: 'admin', path: '/audit' },
  { name: 'audit-filtered-away', who: 'admin', path: '/audit?actor=nobody-of-this-name' },
  { name: 'audit-wrong-filter', who: 'admin', path: '/audit?from=yesterday' },
  { name: 'audit-event', who: 'admin', path: '/audit?kind=integration.created', act: openFirstEvent },
];

async function openFirstEvent(page: Page): Promise<void> {
  await page.getByRole('table').getByRole('link').first().click();
  await expect(link(page, 'Audit log').first()).toBeVisible();
  await expect(page.getByText('Everything with this reference')).toBeVisible();
}

/** Opens the page as the stop says. */
export async function visit(page: Page, app: App, stop: Stop): Promise<void> {
  const path = typeof stop.path === 'string' ? stop.path : await stop.path(page, app);
  const response = stop.plain ? await page.goto(`${app.baseUrl}${path}`) : await open(page, app, path);
  expect(response?.status(), path).toBe(stop.status ?? 200);
  await stop.act?.(page, app);
}
