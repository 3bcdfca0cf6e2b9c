// Ops Manager's public API over a real connection, as its clients speak it: curl, and a public library.

import { execFileSync } from 'node:child_process';

import DigestClient from 'digest-fetch';

import { expect, test } from '../support/app.ts';
import { unique } from '../support/console.ts';

interface Key {
  publicKey: string;
  privateKey: string;
}

function curl(key: Key, url: string, ...more: string[]): { status: number; body: unknown } {
  const out = execFileSync('curl', ['--silent', '--show-error', '--digest', '--user', `${key.publicKey}:${key.privateKey}`, '--write-out', '\n%{http_code}', ...more, url], { encoding: 'utf8' });
  const cut = out.lastIndexOf('\n');
  return { status: Number(out.slice(cut + 1)), body: JSON.parse(out.slice(0, cut)) };
}

test('curl and a public library map groups with HTTP Digest', async ({ app }) => {
  test.skip(Boolean(process.env.BASE_URL), 'a key is made on the command line, next to the database');
  const key = JSON.parse(app.cli('api-key', 'create', 'a script', '--role', 'GLOBAL_OWNER', '--format', 'json')) as Key;
  const base = `${app.baseUrl}/api/public/v1.0`;
  const name = unique('Digest');
  const json = ['--header', 'content-type: application/json'];

  const mappings = [{ roleName: 'ORG_OWNER', idpGroups: ['CN=owners,OU=db,DC=corp'] }];
  const made = curl(key, `${base}/orgs`, '--request', 'POST', ...json, '--data', JSON.stringify({ name, idpGroupMappings: mappings }));
  expect(made).toMatchObject({ status: 201, body: { name, idpGroupMappings: mappings } });
  const { id } = made.body as { id: string };

  const client = new DigestClient(key.publicKey, key.privateKey, { algorithm: 'MD5' });
  const read = await client.fetch(`${base}/orgs/${id}`);
  expect(read.status).toBe(200);
  expect(await read.json()).toMatchObject({ id, name });
  const project = await client.fetch(`${base}/groups`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'catalog', orgId: id }) });
  expect(project.status).toBe(201);
  const { id: projectId } = (await project.json()) as { id: string };

  const wanted = [{ roleName: 'GROUP_READ_ONLY', idpGroups: ['readers'] }];
  const changed = curl(key, `${base}/groups/${projectId}`, '--request', 'PATCH', ...json, '--data', JSON.stringify({ idpGroupMappings: wanted }));
  expect(changed).toMatchObject({ status: 200, body: { idpGroupMappings: wanted } });

  const wrong = curl({ ...key, privateKey: 'guessed' }, `${base}/orgs`);
  expect(wrong).toMatchObject({ status: 401, body: { error: 401, errorCode: 'USER_UNAUTHORIZED' } });
});
