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
  const idp = await startIdp({ redirectUris: [`${app.baseUrl}/login/oauth2/code/${name}`], tls: made.tls });
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

    // People are refused too, and told nothing of certificates.
    await page.goto(`${app.baseUrl}/oauth2/authorization/${name}`);
    await expect(title(page)).not.toHaveText('Who is signing in?');
    await expect(page.getByText(/certificate/i)).toHaveCount(0);

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

    const person = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await signInWithSso(person, app, 'noor', `Label of ${name}`);
    await open(person, app, '/me');
    await expect(person.getByText(`Signed in with ${name}`, { exact: true })).toBeVisible();
    await person.context().close();
    expect(watched.problems).toEqual([]);
    await rest(admin, app, 'DELETE', `/integrations/${name}`);
  } finally {
    await idp.stop();
    made.remove();
    other.remove();
  }
});
