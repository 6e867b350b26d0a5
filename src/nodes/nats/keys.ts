import {
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { EndKeys } from './connection.ts';
import type { Direction } from './subjects.ts';

const KEY_BYTES = 32;

/** What both ends of a dial know, and whoever reads along as well. */
export interface Transcript {
  readonly hub: string;
  readonly node: string;
  readonly server: string;
  readonly connection: string;
  /** The public keys that the two have made for this dial only, as base64url. */
  readonly shopKey: string;
  readonly hubKey: string;
}

/** The keys of one link. Nobody has them who does not know the node's secret, or what the hub keeps of it. */
export interface LinkKeys {
  /** The hub has shown that it knows the node. */
  readonly hubProof: string;
  /** For the secret itself, once the hub has proved itself. */
  readonly secret: Uint8Array;
  readonly stored: Readonly<Record<Direction, Uint8Array>>;
  readonly beat: Readonly<Record<Direction, Uint8Array>>;
}

/** One end's key pair for one dial (X25519): what was sent stays secret although the node's secret leaks later. */
export interface DialKey {
  readonly own: KeyObject;
  /** As base64url. */
  readonly open: string;
}

export function newDialKey(): DialKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { own: privateKey, open: publicKey.export({ format: 'jwk' }).x ?? '' };
}

/**
 * @param peerKey the other end's public key, as base64url
 * @param secretHash SHA-256 of the node's secret, which is all that the hub keeps of it
 * @throws {Error} for what is no public key
 */
export function deriveKeys(
  own: KeyObject,
  peerKey: string,
  secretHash: string,
  { hub, node, server, connection, shopKey, hubKey }: Transcript,
): LinkKeys {
  const jwk = { kty: 'OKP', crv: 'X25519', x: peerKey };
  const shared = diffieHellman({
    privateKey: own,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
  });
  const input = Buffer.concat([shared, Buffer.from(secretHash)]);
  const said = JSON.stringify(['holdfast link 1', hub, node, server, connection, shopKey, hubKey]);
  const salt = hash('sha256', said, 'buffer');
  const keyFor = (use: string) => new Uint8Array(hkdfSync('sha256', input, salt, use, KEY_BYTES));
  return {
    hubProof: createHmac('sha256', keyFor('hub')).update('the hub').digest('base64url'),
    secret: keyFor('secret'),
    stored: { up: keyFor('stored up'), down: keyFor('stored down') },
    beat: { up: keyFor('beat up'), down: keyFor('beat down') },
  };
}

/** The keys of the end that sends in this direction. */
export function endKeysOf({ stored, beat }: LinkKeys, out: Direction): EndKeys {
  const back = out === 'up' ? 'down' : 'up';
  return { out: stored[out], in: stored[back], beatOut: beat[out], beatIn: beat[back] };
}

/** Takes as long whether they differ early or late. */
export function isSameProof(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
