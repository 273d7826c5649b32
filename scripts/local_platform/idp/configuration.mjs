// How oidc-provider is set up for one issuer. Where the library has a safer choice than its default, it is taken.
import { interactionPolicy } from 'oidc-provider';

import { AUDIENCE } from './directory.mjs';
import { errorPage } from './pages.mjs';

const DAY = 86_400;
// RFC 8707 wants an absolute URI as the indicator; the `aud` it stands for is the short name the API checks.
const API_RESOURCE = 'urn:ambit:api';
const API_SCOPE = 'api';

function resourceServer(accessTokenSeconds) {
  return {
    scope: API_SCOPE,
    audience: AUDIENCE,
    accessTokenTTL: accessTokenSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
}

function resourceIndicators(accessTokenSeconds) {
  return {
    enabled: true,
    defaultResource: () => API_RESOURCE,
    useGrantedResource: () => true,
    getResourceServerInfo: () => resourceServer(accessTokenSeconds),
  };
}

/** First-party clients are not asked for consent: there is nobody to consent against. */
async function firstPartyGrant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const found = known && await provider.Grant.find(known);
  if (found) return found;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid email profile offline_access');
  grant.addResourceScope(API_RESOURCE, API_SCOPE);
  await grant.save();
  return grant;
}

/** Signing in is the only question asked: without consent, a native client needs no page of its own either. */
function signInOnly() {
  const policy = interactionPolicy.base();
  policy.get('consent').checks.remove('native_client_prompt');
  return policy;
}

const addressOf = (email) => ({ email, email_verified: true });
const claimsOfPerson = ({ tenantid, roles, email, name }) =>
  ({ ...(tenantid && { tenantid }), roles, ...addressOf(email), name });

function findAccount(users) {
  return (_ctx, sub) => {
    const user = users.find((candidate) => candidate.sub === sub);
    return user && { accountId: sub, claims: () => ({ sub, ...claimsOfPerson(user) }) };
  };
}

function extraTokenClaims({ users, machines }) {
  const byClient = new Map(machines.map(({ registration, claims }) => [registration.client_id, claims]));
  return (_ctx, token) => {
    if (token.kind === 'ClientCredentials') return byClient.get(token.clientId);
    const { tenantid, roles, email } = users.find((user) => user.sub === token.accountId) ?? {};
    return { ...(tenantid && { tenantid }), roles, ...(email && addressOf(email)) };
  };
}

export function configuration(issuer, { keyRing, Adapter, accessTokenSeconds }) {
  return {
    adapter: Adapter,
    jwks: { keys: keyRing.keys },
    cookies: {
      keys: keyRing.cookieKeys,
      names: { session: '_idp_session', interaction: '_idp_interaction', resume: '_idp_resume' },
      long: { signed: true, httpOnly: true, sameSite: 'lax' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    clients: [...issuer.clients, ...issuer.machines.map((machine) => machine.registration)],
    findAccount: findAccount(issuer.users),
    extraTokenClaims: extraTokenClaims(issuer),
    loadExistingGrant: firstPartyGrant,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', API_SCOPE],
    claims: { openid: ['sub', 'tenantid', 'roles'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false, // the ID token carries the claims: one round trip less for each sign-in
    interactions: { policy: signInOnly(), url: (_ctx, interaction) => `${issuer.path}/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: false },
      revocation: { enabled: true },
      resourceIndicators: resourceIndicators(accessTokenSeconds),
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out);
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: 300,
      Interaction: 900,
      RefreshToken: 14 * DAY,
      Session: DAY,
      Grant: 14 * DAY,
    },
  };
}
