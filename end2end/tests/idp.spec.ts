// The identity provider of the tests and the demo, alone: what the other tests stand on.

import { createHash, randomBytes } from 'node:crypto';

import { expect, test } from '@playwright/test';

import { violations } from '../support/a11y.ts';
import { type Idp, SignInRefused, Visitor, startIdp } from '../support/idp.ts';
import { screenshots } from '../support/screenshots.ts';

const CALLBACK = 'http://localhost:9/login/oauth2/code/corp';

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  end_session_endpoint: string;
  backchannel_logout_session_supported: boolean;
  authorization_response_iss_parameter_supported: boolean;
}

let idp: Idp;
let metadata: Metadata;

test.beforeAll(async () => {
  idp = await startIdp({ redirectUris: [CALLBACK], postLogoutUris: ['http://localhost:9/signed-out'] });
  metadata = (await (await fetch(`${idp.issuer}/.well-known/openid-configuration`)).json()) as Metadata;
});
test.afterAll(() => idp.stop());

const verifier = randomBytes(32).toString('base64url');

function authorizationUrl(extra: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: idp.clientId,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile email groups',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  });
  return `${metadata.authorization_endpoint}?${query}`;
}

async function token(fields: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${idp.clientId}:${encodeURIComponent(idp.clientSecret)}`).toString('base64')}` },
    body: new URLSearchParams({ redirect_uri: CALLBACK, ...fields }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

async function exchange(callback: URL, codeVerifier = verifier) {
  return token({ grant_type: 'authorization_code', code: callback.searchParams.get('code') ?? '', code_verifier: codeVerifier });
}

function payload(jwt: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

test('a code flow ends with an ID token that carries the groups', async () => {
  expect(metadata.issuer).toBe(idp.issuer);
  const callback = await new Visitor().signIn(authorizationUrl(), 'olivia');
  expect(`${callback.origin}${callback.pathname}`).toBe(CALLBACK);
  expect(callback.searchParams.get('state')).toBe('a-state');
  expect(callback.searchParams.get('iss')).toBe(idp.issuer);
  const { status, body } = await exchange(callback);
  expect(status).toBe(200);
  const claims = payload(body.id_token);
  expect(claims).toMatchObject({
    iss: idp.issuer,
    aud: 'latchkey',
    nonce: 'a-nonce',
    preferred_username: 'olivia',
    name: 'Olivia Okafor',
    groups: ['platform-admins', 'everyone'],
  });
  const userinfo = await fetch(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect(await userinfo.json()).toMatchObject({ sub: claims.sub, groups: ['platform-admins', 'everyone'] });
});

test('a refresh token gives new tokens, once', async () => {
  const { body } = await exchange(await new Visitor().signIn(authorizationUrl(), 'pavel'));
  const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
  const first = await token(fields);
  expect(first.status).toBe(200);
  expect(payload(first.body.id_token)).toMatchObject({ groups: ['dba-team', 'everyone'] });
  expect((await token(fields)).body.error).toBe('invalid_grant');
});

test('a wrong verifier is refused, and so is a request without a challenge', async () => {
  const callback = await new Visitor().signIn(authorizationUrl(), 'olivia');
  expect((await exchange(callback, randomBytes(32).toString('base64url'))).body.error).toBe('invalid_grant');
  const without = new URL(authorizationUrl());
  without.searchParams.delete('code_challenge');
  without.searchParams.delete('code_challenge_method');
  const refused = await new Visitor().signIn(without.href, 'olivia');
  expect(refused.searchParams.get('error')).toBe('invalid_request');
});

test('a wrong password is refused on the page', async () => {
  const attempt = new Visitor().signIn(authorizationUrl(), 'olivia', 'wrong');
  const refusal = await attempt.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(SignInRefused);
  expect((refusal as SignInRefused).page).toContain('Wrong user name or password.');
});

test('groups changed by a test are in the next ID token', async () => {
  await idp.put({ login: 'sam', groups: ['dba-team'], claims: { realm_access: { roles: ['reader'] } } });
  const { body } = await exchange(await new Visitor().signIn(authorizationUrl(), 'sam'));
  expect(payload(body.id_token)).toMatchObject({ groups: ['dba-team'], realm_access: { roles: ['reader'] } });
  await idp.put({ login: 'sam', groups: [], claims: {} });
});

test('a click on a name signs in', async ({ page }) => {
  await page.route(`${CALLBACK}*`, (route) => route.fulfill({ body: 'back' }));
  await page.goto(authorizationUrl());
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Who is signing in?');
  expect(await violations(page)).toEqual([]);
  await screenshots(page, 'idp-sign-in');
  await page.getByRole('button', { name: 'Aisha Rahman' }).click();
  await page.waitForURL(`${CALLBACK}*`);
  const { body } = await exchange(new URL(page.url()));
  expect(payload(body.id_token)).toMatchObject({ preferred_username: 'aisha', groups: ['auditors', 'everyone'] });

  // The provider remembers her until she signs out there.
  await page.route('http://localhost:9/signed-out*', (route) => route.fulfill({ body: 'out' }));
  const query = new URLSearchParams({ id_token_hint: body.id_token ?? '', post_logout_redirect_uri: 'http://localhost:9/signed-out' });
  await page.goto(`${metadata.end_session_endpoint}?${query}`);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('http://localhost:9/signed-out*');
  await page.goto(authorizationUrl());
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Who is signing in?');
});

test('Cancel goes back with access_denied', async ({ page }) => {
  await page.route(`${CALLBACK}*`, (route) => route.fulfill({ body: 'back' }));
  await page.goto(authorizationUrl());
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${CALLBACK}*`);
  expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
});
