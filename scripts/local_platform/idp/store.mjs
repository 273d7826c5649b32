// Sessions, grants, codes and refresh tokens: a map in memory, written to disk shortly after it changes,
// so that restarting the local platform signs nobody out.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writePrivateJson } from './keys.mjs';

const SAVE_DELAY_MS = 200;
const SWEEP_EVERY_MS = 60_000;

export class Store {
  #entries = new Map();
  #path;
  #timer;
  #writing = Promise.resolve();

  constructor(stateDir, now = Date.now) {
    this.#path = join(stateDir, 'sessions.json');
    this.now = now;
    this.#load();
    setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  #load() {
    try {
      this.#entries = new Map(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      // A half-written or older file costs a sign-in, never a start.
      if (error.code !== 'ENOENT') console.log(JSON.stringify({ event: 'sessions.unreadable', code: error.code ?? error.name }));
    }
  }

  get(key) {
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAt > this.now()) return entry.payload;
    return undefined;
  }

  set(key, payload, expiresInSeconds) {
    const expiresAt = this.now() + (expiresInSeconds ?? 86_400) * 1000;
    this.#entries.set(key, { payload, expiresAt });
    this.#saveSoon();
  }

  delete(key) {
    if (this.#entries.delete(key)) this.#saveSoon();
  }

  /** Keys under `prefix` whose payload satisfies `matches`. */
  keysWhere(prefix, matches) {
    return [...this.#entries].filter(([key, { payload }]) => key.startsWith(prefix) && matches(payload)).map(([key]) => key);
  }

  sweep() {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= this.now()) this.delete(key);
  }

  #saveSoon() {
    this.#timer ??= setTimeout(() => this.flush(), SAVE_DELAY_MS);
  }

  /** Resolves when everything set so far is on disk. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => writePrivateJson(this.#path, [...this.#entries]));
    return this.#writing;
  }
}

/** oidc-provider's storage interface over `store`, one namespace per issuer. */
export function adapterFor(store, issuerPath) {
  return class Adapter {
    constructor(model) {
      this.prefix = `${issuerPath} ${model} `;
    }

    async upsert(id, payload, expiresIn) {
      store.set(this.prefix + id, payload, expiresIn);
    }

    async find(id) {
      return store.get(this.prefix + id);
    }

    async findByUid(uid) {
      return store.get(store.keysWhere(this.prefix, (payload) => payload.uid === uid)[0]);
    }

    async findByUserCode() {
      return undefined; // the device flow is off
    }

    async consume(id) {
      const payload = await this.find(id);
      if (payload) payload.consumed = Math.floor(store.now() / 1000);
    }

    async destroy(id) {
      store.delete(this.prefix + id);
    }

    async revokeByGrantId(grantId) {
      for (const key of store.keysWhere(this.prefix, (payload) => payload.grantId === grantId)) store.delete(key);
    }
  };
}
