// Signing keys, kept on disk so that a restart leaves issued tokens valid.
import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const KEPT_KEYS = 4; // the signing key and three before it: far more than tokens of five minutes need

async function newSigningKey() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writePrivateJson(path, value) {
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** `keys[0]` signs; the others are published so that tokens they signed still verify. */
export class KeyRing {
  constructor(path, state) {
    this.path = path;
    this.keys = state.keys;
    this.cookieKeys = state.cookieKeys;
  }

  static async open(stateDir) {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const path = join(stateDir, 'keys.json');
    const stored = await readJson(path);
    const ring = new KeyRing(path, stored ?? {
      keys: [await newSigningKey()],
      cookieKeys: [randomBytes(32).toString('base64url')],
    });
    if (!stored) await ring.save();
    return ring;
  }

  async rotate() {
    this.keys = [await newSigningKey(), ...this.keys].slice(0, KEPT_KEYS);
    await this.save();
    return this.keys[0].kid;
  }

  save() {
    return writePrivateJson(this.path, { keys: this.keys, cookieKeys: this.cookieKeys });
  }
}
