// A provider behind an organization's own certificate authority: refused until its certificate is pasted.

import { expect, signInWithSso, test } from '../support/app.ts';
import { button, field, idpOf, open, rest, summary, title, unique, watch } from '../support/console.ts';
import { startIdp } from '../support/idp.ts';
import { makePrivateCa } from '../support/private-ca.ts';
import { probeNow, states, step } from '../support/probe.ts';

test.describe.configure({ timeout: 120_000 });

const TLS = 'The connection is encrypted and the certificate holds';

test.use({ ignoreHTTPSErrors: true });

test('a certificate of an unknown authority is named by the probe, and pasting the authority is all it takes', async ({ page, as, app, browser }) => {
  idpOf(app);
  const name = unique('vault');
  const authority = 'Example Corp Internal CA';
  const made = makePrivateCa(authority);
  const other = makePrivateCa('Somebody Else');
  const person = { login: unique('person'), sub: 'one', name: 'Vera Vault', email: 'vera@example.com', groups: [] };
  const idp = await startIdp({ redirectUris: [`${app.baseUrl}/login/oauth2/code/${name}`], tls: made.tls, people: [person] });
  try {
    const admin = await as('admin');
    const watched = await watch(admin, app);
    await rest(admin, app, 'POST', '/integrations', {
      name,
      label: `Label of ${name}`,
      protocol: 'oidc',
      issuer: idp.issuer,
      clientId: idp.clientId,
      clientSecret: idp.clientSecret,
      oauthScopes: ['openid', 'profile', 'email', 'groups'],
      enabled: true,
    });
    await open(admin, app, `/integrations/${name}/probe`);
    await probeNow(admin);
    expect(await states(admin)).toEqual(['Passed', 'Failed', ...Array.from({ length: 6 }, () => 'Skipped')]);
    const tls = step(admin, TLS);
    await expect(tls).toContainText("The certificate's authority is not known.");
    await expect(tls).toContainText(`Issued by CN=${authority}`);
    await expect(tls).toContainText('paste its certificate under Advanced → Certificates');

    // People are refused too, and not told whose certificate it is.
    await page.goto(`${app.baseUrl}/oauth2/authorization/${name}`);
    await expect(title(page)).toHaveText('The sign-in service does not answer');
    expect(await page.content()).not.toContain(authority);

    // Something that is no certificate, then the wrong authority, then the right one.
    await open(admin, app, `/integrations/${name}`);
    await admin.getByText('Advanced: endpoints', { exact: false }).click();
    await field(admin, 'Certificates optional').fill('no certificate');
    await button(admin, 'Save').click();
    await expect(summary(admin)).toContainText('Certificates:');
    await field(admin, 'Certificates optional').fill(other.ca);
    await button(admin, 'Save').click();
    await expect(admin.getByText('Saved. The next sign-in uses it.')).toBeVisible();
    await open(admin, app, `/integrations/${name}/probe`);
    await probeNow(admin);
    expect((await states(admin))[1]).toBe('Failed');

    await open(admin, app, `/integrations/${name}`);
    await admin.getByText('Advanced: endpoints', { exact: false }).click();
    await field(admin, 'Certificates optional').fill(made.ca);
    await button(admin, 'Save').click();
    await expect(admin.getByText('Saved. The next sign-in uses it.')).toBeVisible();
    await open(admin, app, `/integrations/${name}/probe`);
    await probeNow(admin);
    expect(await states(admin)).toEqual(Array.from({ length: 8 }, () => 'Passed'));
    await expect(admin.getByRole('status').filter({ hasText: 'All steps passed.' })).toBeVisible();

    const vera = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await signInWithSso(vera, app, person.login, `Label of ${name}`);
    await open(vera, app, '/me');
    await expect(vera.getByText('Vera Vault').first()).toBeVisible();
    await expect(vera.getByText(`Signed in with ${name}`, { exact: true })).toBeVisible();
    await vera.context().close();
    expect(watched.problems).toEqual([]);
    await rest(admin, app, 'DELETE', `/integrations/${name}`);
  } finally {
    await idp.stop();
    made.remove();
    other.remove();
  }
});
