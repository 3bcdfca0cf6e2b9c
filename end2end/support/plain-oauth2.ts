// A provider that speaks OAuth 2.0 and nothing of OpenID Connect: no discovery, no ID token, no keys. It has an account
// page with a button a person, a token endpoint, and an interface that says who an access token belongs to, in objects.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Account {
  id: number;
  login: string;
  name: string;
  email: string;
  teams: string[];
}

export interface PlainOAuth2 {
  url: string;
  clientId: string;
  clientSecret: string;
  authorization: string;
  token: string;
  userinfo: string;
  /** What it refused, in words: a test that expects none looks here. */
  refusals: string[];
  stop(): Promise<void>;
}

interface Granted {
  account: Account;
  redirectUri: string;
  challenge: string;
}

async function body(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

function equal(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

/** Client id and secret of the header, each form-urlencoded (RFC 6749 section 2.3.1). */
function basic(request: IncomingMessage): [string, string] {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return [decodeURIComponent(id.replaceAll('+', ' ')), decodeURIComponent(secret.replaceAll('+', ' '))];
}

export async function startPlainOAuth2(redirectUri: string, accounts: Account[]): Promise<PlainOAuth2> {
  const clientId = 'latchkey-plain';
  const clientSecret = randomBytes(18).toString('base64url');
  const codes = new Map<string, Granted>();
  const tokens = new Map<string, Account>();
  const refusals: string[] = [];

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(value));
    };
    const refuse = (status: number, error: string, why: string) => {
      refusals.push(`${url.pathname}: ${why}`);
      json(status, { error, error_description: why });
    };

    if (request.method === 'GET' && url.pathname === '/authorize') {
      const wanted = url.searchParams;
      if (wanted.get('client_id') !== clientId || wanted.get('redirect_uri') !== redirectUri) {
        return refuse(400, 'invalid_request', 'another client or redirect URI');
      }
      if (wanted.get('response_type') !== 'code' || wanted.get('code_challenge_method') !== 'S256') {
        return refuse(400, 'invalid_request', 'no code with PKCE asked for');
      }
      const hidden = ['state', 'code_challenge']
        .map((name) => `<input type="hidden" name="${name}" value="${wanted.get(name) ?? ''}">`)
        .join('');
      const buttons = accounts.map(({ login, name }) => `<button name="login" value="${login}">${name}</button>`).join(' ');
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><html lang="en"><title>Accounts</title><h1>Accounts</h1>
<form method="post" action="/authorize">${hidden}${buttons}</form></html>`);
      return;
    }
    if (request.method === 'POST' && url.pathname === '/authorize') {
      const form = await body(request);
      const account = accounts.find(({ login }) => login === form.get('login'));
      if (!account) return refuse(400, 'access_denied', 'nobody of this name');
      const code = randomBytes(16).toString('base64url');
      codes.set(code, { account, redirectUri, challenge: form.get('code_challenge') ?? '' });
      const back = new URL(redirectUri);
      back.searchParams.set('code', code);
      back.searchParams.set('state', form.get('state') ?? '');
      response.writeHead(303, { location: back.href });
      response.end();
      return;
    }
    if (request.method === 'POST' && url.pathname === '/token') {
      const form = await body(request);
      const [id, secret] = basic(request);
      if (id !== clientId || !equal(secret, clientSecret)) return refuse(401, 'invalid_client', 'wrong client id or secret');
      const granted = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      // The probe sends a code that nobody made; that is no fault of a sign-in.
      if (!granted) return json(400, { error: 'invalid_grant' });
      const verified = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (verified !== granted.challenge) return refuse(400, 'invalid_grant', 'the verifier does not fit');
      if (form.get('redirect_uri') !== granted.redirectUri) return refuse(400, 'invalid_grant', 'another redirect URI');
      const token = randomBytes(18).toString('base64url');
      tokens.set(token, granted.account);
      return json(200, { access_token: token, token_type: 'bearer', expires_in: 600, scope: 'read:user' });
    }
    if (request.method === 'GET' && url.pathname === '/api/user') {
      const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
      const account = /^bearer$/i.test(scheme) ? tokens.get(token) : undefined;
      if (!account) return refuse(401, 'invalid_token', 'no or an unknown access token');
      const { id, login, name, email, teams } = account;
      return json(200, { data: { id, login, profile: { name, email }, teams }, api: 'v2' });
    }
    return json(404, { error: 'not_found' });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    clientId,
    clientSecret,
    authorization: `${url}/authorize`,
    token: `${url}/token`,
    userinfo: `${url}/api/user`,
    refusals,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
