// A second identity provider, written by others and in another language: Glewlwyd, as Debian packages it. It runs from a
// temporary folder with a database of its own, and is set up through its own administration interface.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';

import { freePort, start, until } from './process.ts';
import { Visitor } from './idp.ts';

export interface GlewlwydPerson {
  username: string;
  password: string;
  name: string;
  email: string;
  groups: string[];
}

export interface Glewlwyd {
  issuer: string;
  /** Where its pages and its interface are. */
  url: string;
  clientId: string;
  clientSecret: string;
  stop(): Promise<void>;
}

/** Where its program and pages are: unpacked by `.make/setup.sh glewlwyd`, or installed. Undefined when they are not here. */
export function glewlwydRoot(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'latchkey/glewlwyd');
  return [cache, '/'].find((root) => existsSync(join(root, 'usr/bin/glewlwyd')));
}

function configuration(root: string, folder: string, port: number, url: string): string {
  const modules = join(root, 'usr/lib/glewlwyd');
  const types = [
    ['.html', 'text/html'],
    ['.css', 'text/css'],
    ['.js', 'application/javascript'],
    ['.json', 'application/json'],
  ].map(([extension, type]) => `{ extension = "${extension}" mime_type = "${type}" compress = 0 }`);
  return `port=${port}
bind_address="127.0.0.1"
external_url="${url}"
login_url="login.html"
api_prefix="api"
static_files_path="${join(folder, 'webapp')}/"
log_mode="console"
log_level="WARNING"
cookie_domain=""
cookie_secure=0
session_key="GLEWLWYD2_SESSION_ID"
session_expiration=3600
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="${modules}/user"
user_middleware_module_path="${modules}/user_middleware"
client_module_path="${modules}/client"
user_auth_scheme_module_path="${modules}/scheme"
plugin_module_path="${modules}/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${join(folder, 'glewlwyd.db')}" };
static_files_mime_types = ( ${types.join(', ')} )
`;
}

/** Its tables and its first administrator, `admin` with `password`, as the package brings them. */
function makeDatabase(root: string, folder: string): void {
  const schema = gunzipSync(readFileSync(join(root, 'usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz')));
  const done = spawnSync('sqlite3', [join(folder, 'glewlwyd.db')], { input: schema, encoding: 'utf8' });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`sqlite3: ${done.stderr}`);
}

/** Its pages, with the settings of theirs that the package would put under /etc. */
function makePages(root: string, folder: string): void {
  const [from, to] = [join(root, 'usr/share/glewlwyd'), join(folder, 'webapp')];
  cpSync(join(from, 'webapp'), to, { recursive: true, dereference: true, filter: (source) => !source.endsWith('/config.json') });
  cpSync(join(from, 'templates/config.json'), join(to, 'config.json'));
}

/** A signing key as the keys document wants it. */
function keys(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  const jwk = createPrivateKey(privateKey).export({ format: 'jwk' });
  return JSON.stringify({ keys: [{ ...jwk, kid: 'first', alg: 'RS256', use: 'sig' }] });
}

export async function startGlewlwyd(root: string, redirectUris: string[], people: GlewlwydPerson[]): Promise<Glewlwyd> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-glewlwyd-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'glewlwyd.conf');
  writeFileSync(config, configuration(root, folder, port, url));
  makeDatabase(root, folder);
  makePages(root, folder);
  const server = start(join(root, 'usr/bin/glewlwyd'), [`--config-file=${config}`], {}, folder);
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('Glewlwyd', server, async () => {
      const answer = await fetch(`${url}/config`).catch(() => undefined);
      return answer?.ok ? true : undefined;
    });
    const admin = new Visitor();
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await admin.request(`${url}/api${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    await call('POST', '/auth/', { username: 'admin', password: 'password' });

    const users = await call('GET', '/mod/user/database');
    users.parameters['data-format'].groups = { multiple: true, read: true, write: true, 'profile-read': true, 'profile-write': false };
    await call('PUT', '/mod/user/database', users);
    await call('PUT', '/mod/user/database/reset');
    for (const name of ['profile', 'email', 'groups']) {
      await call('POST', '/scope/', { name, display_name: name, description: name, password_required: false, scheme: {} });
    }
    const issuer = `${url}/api/oidc`;
    await call('POST', '/mod/plugin/', {
      module: 'oidc',
      name: 'oidc',
      display_name: 'OpenID Connect',
      parameters: {
        iss: issuer,
        'jwks-private': keys(),
        'jwks-show': true,
        'jwt-type': 'rsa',
        'jwt-key-size': '256',
        'access-token-duration': 3600,
        'refresh-token-duration': 1209600,
        'code-duration': 600,
        'refresh-token-rolling': true,
        'allow-non-oidc': true,
        'auth-type-code-enabled': true,
        'auth-type-refresh-enabled': true,
        'subject-type': 'public',
        'pkce-allowed': true,
        'pkce-method-plain-allowed': false,
        'name-claim': 'on-demand',
        'name-claim-scope': ['profile'],
        'email-claim': 'on-demand',
        'email-claim-scope': ['email'],
        'allowed-scope': ['openid', 'profile', 'email', 'groups'],
        claims: [
          { name: 'preferred_username', 'user-property': 'username', type: 'string', mandatory: false, 'on-demand': false, scope: ['profile'] },
          { name: 'groups', 'user-property': 'groups', type: 'string', mandatory: false, 'on-demand': false, scope: ['groups'] },
        ],
      },
    });
    const client = { clientId: 'latchkey', clientSecret: 'the-secret-of-latchkey' };
    await call('POST', '/client/', {
      client_id: client.clientId,
      name: 'Latchkey',
      enabled: true,
      confidential: true,
      client_secret: client.clientSecret,
      redirect_uri: redirectUris,
      authorization_type: ['code', 'refresh_token'],
      token_endpoint_auth_method: ['client_secret_basic'],
      scope: [],
    });
    for (const { groups, ...person } of people) {
      await call('POST', '/user/', { ...person, groups, enabled: true, scope: ['openid', 'profile', 'email', 'groups', 'g_profile'] });
    }
    return { issuer, url, ...client, stop };
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${server.output()}`);
  }
}
