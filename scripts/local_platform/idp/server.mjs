// The local platform's identity provider: PORT, PUBLIC_URL and STATE_DIR say where it listens, which origin
// may receive sign-ins, and where its keys live. Loopback only.
import { createServer } from 'node:http';
import { timingSafeEqual } from 'node:crypto';

import { Provider } from 'oidc-provider';

import { configuration } from './configuration.mjs';
import { issuers, LOCAL_PASSWORD } from './directory.mjs';
import { KeyRing } from './keys.mjs';
import { loginPage } from './pages.mjs';
import { adapterFor, Store } from './store.mjs';

const HOST = '127.0.0.1';
const FORM_LIMIT_BYTES = 4096;

const log = (event, fields = {}) => console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));

function settings(env = process.env) {
  const missing = ['PORT', 'PUBLIC_URL', 'STATE_DIR'].filter((name) => !env[name]);
  if (missing.length) throw new Error(`missing environment: ${missing.join(', ')}`);
  return {
    port: Number(env.PORT),
    publicOrigin: new URL(env.PUBLIC_URL).origin,
    stateDir: env.STATE_DIR,
    accessTokenSeconds: Number(env.ACCESS_TOKEN_SECONDS ?? 300),
  };
}

function send(res, status, type, body, headers = {}) {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers });
  res.end(body);
}

const sendJson = (res, status, value) => send(res, status, 'application/json', JSON.stringify(value));

async function readForm(req) {
  let body = '';
  for await (const chunk of req) {
    body += chunk;
    if (body.length > FORM_LIMIT_BYTES) throw Object.assign(new Error('form too large'), { status: 413 });
  }
  return new URLSearchParams(body);
}

function passwordMatches(given) {
  const [a, b] = [given, LOCAL_PASSWORD].map((text) => Buffer.from(text.slice(0, 64).padEnd(64)));
  return timingSafeEqual(a, b);
}

/** What is logged names the client and the protocol error: never a token, code, or person. */
function logEvents(provider, path) {
  const client = (ctx) => ctx.oidc?.client?.clientId;
  provider.on('grant.success', (ctx) => log('grant.success', { issuer: path, client: client(ctx), grant: ctx.oidc.params.grant_type }));
  for (const name of ['grant.error', 'authorization.error', 'revocation.error', 'end_session.error'])
    provider.on(name, (ctx, error) => log(name, { issuer: path, client: client(ctx), error: error.error, detail: error.error_detail }));
  provider.on('server_error', (_ctx, error) => log('server_error', { issuer: path, error: error.stack }));
}

/** One issuer: rebuilt with new keys on rotation, while its store and cookies stay. */
class Issuer {
  constructor(definition, options) {
    this.definition = definition;
    this.options = options;
    this.url = `http://${HOST}:${options.port}${definition.path}`;
    this.Adapter = adapterFor(options.store, definition.path);
    this.rebuild();
  }

  rebuild() {
    const provider = new Provider(this.url, configuration(this.definition, { ...this.options, Adapter: this.Adapter }));
    logEvents(provider, this.definition.path);
    this.provider = provider;
    this.callback = provider.callback();
  }

  async handle(req, res) {
    const { path } = this.definition;
    if (req.url.startsWith(`${path}/interaction/`)) return this.interaction(req, res);
    req.originalUrl = req.url;
    req.url = req.url.slice(path.length) || '/';
    return this.callback(req, res);
  }

  async interaction(req, res) {
    const { params } = await this.provider.interactionDetails(req, res);
    const client = await this.provider.Client.find(params.client_id);
    const view = { action: req.url, clientName: client.clientName ?? client.clientId };
    return req.method === 'POST' ? this.signIn(req, res, view) : this.showLogin(res, view);
  }

  showLogin(res, view) {
    // form-action is left open on purpose: browsers apply it to the redirect that follows, and a native
    // client's port is not known here.
    const csp = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    send(res, view.failed ? 401 : 200, 'text/html; charset=utf-8', loginPage(view), { 'content-security-policy': csp, 'referrer-policy': 'no-referrer' });
  }

  async signIn(req, res, view) {
    const form = await readForm(req);
    const email = (form.get('email') ?? '').trim().toLowerCase();
    const user = this.definition.users.find((candidate) => candidate.email === email);
    if (!passwordMatches(form.get('password') ?? '') || !user) {
      log('login.failed', { issuer: this.definition.path });
      return this.showLogin(res, { ...view, email, failed: true });
    }
    return this.provider.interactionFinished(req, res, { login: { accountId: user.sub, amr: ['pwd'] } });
  }
}

/** Administration is for tests on this machine: a browser page of any origin must not reach it. */
function isLocalTool(req, port) {
  return req.headers.host === `${HOST}:${port}` && req.headers.origin === undefined;
}

async function administer(req, res, { port, keyRing, all }) {
  if (req.method !== 'POST' || req.url !== '/admin/rotate-keys') return sendJson(res, 404, { error: 'not_found' });
  if (!isLocalTool(req, port)) return sendJson(res, 403, { error: 'forbidden' });
  const kid = await keyRing.rotate();
  for (const issuer of all) issuer.rebuild();
  log('keys.rotated', { kid, published: keyRing.keys.length });
  return sendJson(res, 200, { kid, published: keyRing.keys.map((key) => key.kid) });
}

function router(context) {
  return async (req, res) => {
    if (req.url === '/healthz') return sendJson(res, 200, { status: 'ok', issuers: context.all.map(({ url }) => url) });
    if (req.url.startsWith('/admin/')) return administer(req, res, context);
    const issuer = context.all.find(({ definition }) => req.url.startsWith(`${definition.path}/`));
    return issuer ? issuer.handle(req, res) : sendJson(res, 404, { error: 'not_found' });
  };
}

/** A lost or stale interaction is a page a person can act on; anything else is a plain 500. */
function fail(res, error) {
  const status = error.status ?? error.statusCode ?? 500;
  log('request.failed', { status, error: status >= 500 ? error.stack : error.message });
  if (!res.headersSent) sendJson(res, status, { error: error.error ?? 'server_error', error_description: status < 500 ? 'This sign-in has expired. Start again from the application.' : undefined });
}

async function main() {
  const options = settings();
  const keyRing = await KeyRing.open(options.stateDir);
  const store = new Store(options.stateDir);
  const all = issuers(options.publicOrigin).map((definition) => new Issuer(definition, { ...options, keyRing, store }));
  const route = router({ ...options, keyRing, all });
  const server = createServer((req, res) => route(req, res).catch((error) => fail(res, error)));
  server.listen(options.port, HOST, () => log('listening', { issuers: all.map(({ url }) => url) }));
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => store.flush().finally(() => process.exit(0)));
}

await main();
