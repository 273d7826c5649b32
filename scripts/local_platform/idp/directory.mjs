// The people and machines that exist on a developer's laptop. Nothing here is a secret: the same
// values are printed by `make dev`, and the provider listens on loopback only.
import { createHash } from 'node:crypto';

export const LOCAL_PASSWORD = 'ambit-local';
export const AUDIENCE = 'ambit-api';

const TENANTS = ['acme', 'globex'];
const TENANT_ROLES = { viewer: 'Tenant.Viewer', developer: 'Tenant.Developer', admin: 'Tenant.Admin' };
const MAILBOX = { viewer: 'viewer', developer: 'dev', admin: 'admin' };

/** Subjects are opaque, as at a real provider: an address may change hands, a subject may not. */
export function subjectOf(email) {
  return `u-${createHash('sha256').update(email).digest('hex').slice(0, 20)}`;
}

function person(email, name, roles, tenant) {
  return { sub: subjectOf(email), email, name, roles, ...(tenant && { tenantid: tenant }) };
}

function tenantPeople(tenant) {
  return Object.entries(TENANT_ROLES).map(([kind, role]) =>
    person(`${MAILBOX[kind]}@${tenant}.test`, `${tenant} ${kind}`, [role], tenant));
}

export const USERS = [
  ...TENANTS.flatMap(tenantPeople),
  // Nobody gave this one a role yet: a guest, who may accept an invite.
  person('guest@acme.test', 'acme guest', [], 'acme'),
  person('ops@ambit.test', 'Platform operator', ['Platform.Operator']),
  person('admin@ambit.test', 'Platform admin', ['Platform.Admin']),
];

/** A client that authenticates as itself; `claims` go into its access tokens verbatim. */
function machine(clientId, claims) {
  return {
    claims,
    registration: {
      client_id: clientId,
      client_secret: `${clientId}-secret`,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  };
}

// initech and umbrella have no people and are not seeded: they are created when something needs a tenant to
// suspend or delete, or one in which anything may happen.
// ambit-evals is the evaluations' own: its machine registers the role that evaluations call with.
const MACHINE_TENANTS = [...TENANTS, 'initech', 'umbrella', 'ambit-evals'];

/** A machine for each role, and one that nobody gave a role. */
function tenantMachines(tenant) {
  const roles = { guest: [], ...Object.fromEntries(Object.entries(TENANT_ROLES).map(([kind, role]) => [kind, [role]])) };
  return Object.entries(roles).map(([kind, held]) => machine(`${tenant}-${kind}`, { tenantid: tenant, roles: held }));
}

const PLATFORM_MACHINES = [
  machine('acme-newcomer', { tenantid: 'acme', roles: [] }), // becomes a member by an invite
  ...MACHINE_TENANTS.flatMap(tenantMachines),
  machine('platform-operator', { roles: ['Platform.Operator'] }),
  machine('platform-admin', { roles: ['Platform.Admin'] }),
  // What takes two people takes two of these.
  machine('platform-operator-2', { roles: ['Platform.Operator'] }),
  machine('platform-admin-2', { roles: ['Platform.Admin'] }),
];

// The second issuer is bound to globex. Two of its clients lie about themselves: the platform must refuse them.
const GLOBEX_MACHINES = [
  machine('globex-sso-developer', { roles: ['Tenant.Developer'] }),
  machine('globex-sso-asserts-acme', { tenantid: 'acme', roles: ['Tenant.Developer'] }),
  machine('globex-sso-asserts-operator', { roles: ['Platform.Operator'] }),
];

function publicClient(clientId, overrides) {
  return {
    client_id: clientId,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...overrides,
  };
}

/** Clients that act for a person. The browser's one calls back to the platform's public origin only. */
function interactiveClients(publicOrigin) {
  return [
    publicClient('ambit-spa', {
      client_name: 'Ambit',
      redirect_uris: [`${publicOrigin}/bff/callback`],
      post_logout_redirect_uris: [`${publicOrigin}/signed-out`],
    }),
    // RFC 8252 §7.3: a native client may use any port of the loopback address.
    publicClient('ambit-cli', {
      client_name: 'Ambit command line',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback'],
    }),
  ];
}

/** The issuers of this process: mount path, people who may sign in there, and clients. */
export function issuers(publicOrigin) {
  return [
    { path: '/oidc', users: USERS, clients: interactiveClients(publicOrigin), machines: PLATFORM_MACHINES },
    {
      path: '/globex',
      users: USERS.filter((user) => user.tenantid === 'globex'),
      clients: [],
      machines: GLOBEX_MACHINES,
    },
  ];
}
