// A real, separate identity provider: the certified `oidc-provider` with a handful of people, on loopback, over plain http
// unless it is given a certificate.
// For the demo and the tests; never for anything that matters.
//
//   node idp/server.mjs --redirect-uri http://localhost:8090/login/oauth2/code/corp [--port N] [--people FILE] …
//
// When it is ready it prints one line of JSON: {"issuer", "clientId", "clientSecret"}. Everything else goes to stderr.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { parseArgs } from 'node:util';

import { Directory } from './directory.mjs';
import { interactionRoutes } from './interactions.mjs';
import { createProvider } from './provider.mjs';
import { testHooks } from './test-hooks.mjs';

const USAGE = `usage: node idp/server.mjs --redirect-uri URL [options]
  --redirect-uri URL            may be given several times
  --post-logout-uri URL         where to return after a logout; may be given several times
  --backchannel-logout-uri URL  told when somebody signs out here
  --port N                      0 (the default) takes a free one
  --people FILE                 default: people.json beside this file
  --client-id ID                default: latchkey
  --client-secret SECRET        default: random
  --client-auth METHOD          client_secret_basic (default) or client_secret_post
  --alg ALG                     signs ID tokens: RS256 (default), PS256, ES256 or EdDSA
  --tls-cert FILE, --tls-key FILE  speak https with this certificate (PEM)
  --test                        adds hooks below /_test/ to change people and the secret while running`;

function usage(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function readArgs() {
  const many = { type: 'string', multiple: true };
  const one = { type: 'string' };
  try {
    return parseArgs({
      options: {
        'redirect-uri': many,
        'post-logout-uri': many,
        'backchannel-logout-uri': one,
        port: { ...one, default: '0' },
        people: { ...one, default: new URL('people.json', import.meta.url).pathname },
        'client-id': { ...one, default: 'latchkey' },
        'client-secret': one,
        'client-auth': { ...one, default: 'client_secret_basic' },
        alg: { ...one, default: 'RS256' },
        'tls-cert': one,
        'tls-key': one,
        test: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return usage(error.message);
  }
}

const args = readArgs();
if (!args['redirect-uri']?.length) usage('--redirect-uri is missing');
if (!args['tls-cert'] !== !args['tls-key']) usage('--tls-cert and --tls-key go together');
const port = Number(args.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) usage(`--port ${args.port}: not a port`);

// The library tells people what to configure before production; stdout belongs to the one line of JSON.
console.info = () => {};
console.warn = (...words) => console.error(...words);

const directory = new Directory(JSON.parse(readFileSync(args.people, 'utf8')));
const client = {
  id: args['client-id'],
  secret: args['client-secret'] ?? randomBytes(24).toString('base64url'),
  authMethod: args['client-auth'],
  signingAlgorithm: args.alg,
  redirectUris: args['redirect-uri'],
  postLogoutUris: args['post-logout-uri'] ?? [],
  backchannelLogoutUri: args['backchannel-logout-uri'],
};

const server = args['tls-cert']
  ? createTlsServer({ cert: readFileSync(args['tls-cert']), key: readFileSync(args['tls-key']) })
  : createServer();
server.on('error', (error) => {
  process.stderr.write(`cannot listen on 127.0.0.1:${port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', async () => {
  // The issuer carries the port, so the port comes first.
  const issuer = `${args['tls-cert'] ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  const provider = await createProvider({ issuer, client, directory });
  provider.use(interactionRoutes(provider, directory));
  if (args.test) provider.use(testHooks(directory, provider, client.id));
  server.on('request', provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer, clientId: client.id, clientSecret: client.secret })}\n`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
