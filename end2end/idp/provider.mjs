// The provider's settings.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

import Provider from 'oidc-provider';

import { CLAIMS_BY_SCOPE, claimsOf } from './directory.mjs';
import { errorPage, goodbyePage, logoutPage } from './pages.mjs';
import { createStorage } from './storage.mjs';

const HOUR = 3600;

const KEY_PARAMETERS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

function signingKey(alg) {
  const parameters = KEY_PARAMETERS[alg];
  if (!parameters) throw new Error(`--alg ${alg}: choose one of ${Object.keys(KEY_PARAMETERS).join(', ')}`);
  const { privateKey } = generateKeyPairSync(...parameters);
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
}

/** Nobody is asked for consent: the only client is ours. */
function loadExistingGrant(provider) {
  return async (ctx) => {
    const { client, session, result } = ctx.oidc;
    const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const existing = known && (await provider.Grant.find(known));
    if (existing) return existing;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(`${Object.keys(CLAIMS_BY_SCOPE).join(' ')} offline_access`);
    await grant.save();
    return grant;
  };
}

export async function createProvider({ issuer, client, directory }) {
  let provider;
  const findAccount = (_ctx, sub) => {
    const person = directory.findBySubject(sub);
    return person && { accountId: person.sub, claims: () => claimsOf(person) };
  };

  provider = new Provider(issuer, {
    adapter: createStorage(),
    claims: CLAIMS_BY_SCOPE,
    scopes: ['openid', 'offline_access'],
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        client_name: 'Latchkey',
        token_endpoint_auth_method: client.authMethod,
        id_token_signed_response_alg: client.signingAlgorithm,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutUris,
        ...(client.backchannelLogoutUri && {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
      },
    ],
    // Groups belong in the ID token too, not only in the userinfo answer.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString('base64url')], names: { session: 'idp_session' } },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = logoutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = goodbyePage();
        },
      },
    },
    // The library's guard refuses loopback addresses, and loopback is all there is here.
    fetch: (url, { dispatcher: _guard, ...options }) => globalThis.fetch(url, options),
    findAccount,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, known) => known.grantTypeAllowed('refresh_token'),
    jwks: { keys: [signingKey(client.signingAlgorithm)] },
    loadExistingGrant: (ctx) => loadExistingGrant(provider)(ctx),
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out);
    },
    responseTypes: ['code'],
    rotateRefreshToken: true,
    ttl: { AccessToken: HOUR, AuthorizationCode: 60, Grant: 12 * HOUR, IdToken: HOUR, Interaction: HOUR, RefreshToken: 12 * HOUR, Session: 12 * HOUR },
  });
  for (const event of ['server_error', 'grant.error', 'authorization.error', 'backchannel.error']) {
    provider.on(event, (...details) => {
      const error = details.find((detail) => detail instanceof Error);
      console.error(`identity provider: ${event}: ${error?.error_description ?? error?.message ?? ''}`);
    });
  }
  return provider;
}
