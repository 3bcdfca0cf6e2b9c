// The identity provider that the tests sign in with: a process of its own, and a client of it without a browser.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Started, start, until } from './process.ts';

/** The people of `idp/people.json`. */
export type Person = 'olivia' | 'pavel' | 'aisha' | 'noor' | 'mei' | 'sam';

/** Everybody's password there. */
export const PASSWORD = 'demo';

export interface IdpOptions {
  redirectUris: string[];
  postLogoutUris?: string[];
  backchannelLogoutUri?: string;
  alg?: string;
  /** Instead of those of `idp/people.json`. */
  people?: { login: string; [field: string]: unknown }[];
  clientAuth?: string;
  /** Files: then it speaks https, and its hooks cannot be used, because nobody here knows the authority. */
  tls?: { cert: string; key: string };
}

export interface Idp {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Adds a person, or changes the given fields of one, while it runs. */
  put(person: { login: string; [field: string]: unknown }): Promise<void>;
  /** Restores nobody: use `put` to undo. */
  remove(login: string): Promise<void>;
  /** Exchanges the client's secret: the old one is refused from now on. */
  setClientSecret(secret: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startIdp(options: IdpOptions): Promise<Idp> {
  const script = fileURLToPath(new URL('../idp/server.mjs', import.meta.url));
  const args = [script, '--test', '--port', '0'];
  for (const uri of options.redirectUris) args.push('--redirect-uri', uri);
  for (const uri of options.postLogoutUris ?? []) args.push('--post-logout-uri', uri);
  if (options.backchannelLogoutUri) args.push('--backchannel-logout-uri', options.backchannelLogoutUri);
  if (options.alg) args.push('--alg', options.alg);
  if (options.clientAuth) args.push('--client-auth', options.clientAuth);
  const folder = options.people && mkdtempSync(join(tmpdir(), 'latchkey-people-'));
  if (folder) {
    writeFileSync(join(folder, 'people.json'), JSON.stringify(options.people));
    args.push('--people', join(folder, 'people.json'));
  }
  if (options.tls) args.push('--tls-cert', options.tls.cert, '--tls-key', options.tls.key);
  const started: Started = start(process.execPath, args);
  const ready = await until('the identity provider', started, async () => {
    const line = /^\{"issuer".*\}$/m.exec(started.output());
    return line ? (JSON.parse(line[0]) as { issuer: string; clientId: string; clientSecret: string }) : undefined;
  });
  if (folder) rmSync(folder, { recursive: true });
  const hook = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${ready.issuer}/_test/${path}`, { method, body: body && JSON.stringify(body) } as RequestInit);
    if (!answer.ok) throw new Error(`${method} /_test/${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    ...ready,
    put: (person) => hook('POST', 'people', person),
    remove: (login) => hook('DELETE', `people/${encodeURIComponent(login)}`),
    setClientSecret: (secret) => hook('POST', 'client', { secret }),
    stop: () => started.stop(),
  };
}

/** Follows redirects by hand and keeps cookies, as a browser would. */
export class Visitor {
  #cookies = new Map<string, Map<string, string>>();

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      const gone = attributes.some((attribute) => /^\s*expires=thu, 01 jan 1970/i.test(attribute) || /^\s*max-age=0$/i.test(attribute));
      if (gone) jar.delete(name);
      else jar.set(name, value.join('='));
    }
    return answer;
  }

  /** Where the answer sends the browser. */
  static location(answer: Response): string {
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`no redirect but ${answer.status} from ${answer.url}`);
    return new URL(location, answer.url).href;
  }

  /** Goes from an authorization request to the callback's address, which is not visited. */
  async signIn(authorizationUrl: string, login: string, password: string | null = PASSWORD): Promise<URL> {
    const { origin } = new URL(authorizationUrl);
    let url = authorizationUrl;
    for (let hops = 0; hops < 10; hops += 1) {
      if (new URL(url).origin !== origin) return new URL(url);
      let answer = await this.request(url);
      if (answer.status === 200 && new URL(url).pathname.startsWith('/interaction/')) {
        const form = new URLSearchParams({ prompt: 'login', login });
        if (password !== null) form.set('password', password);
        answer = await this.request(url, { method: 'POST', body: form });
      }
      if (answer.status >= 400) throw new SignInRefused(answer.status, await answer.text());
      url = Visitor.location(answer);
    }
    throw new Error('too many redirects');
  }
}

export class SignInRefused extends Error {
  constructor(
    readonly status: number,
    readonly page: string,
  ) {
    super(`the identity provider answered ${status}`);
  }
}
