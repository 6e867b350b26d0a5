import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';

/** Both ends must speak the same version. */
export const DIAL_VERSION = 1;

const Word = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });

/** A shop asks for a link. */
const Request = Type.Object({
  version: Type.Integer(),
  node: Type.String({ minLength: 1, maxLength: 63 }),
  /** The shop's public key of this dial. */
  key: Word,
});

/** A server of the hub names the connection, and shows by `proof` that it knows the node. */
const Answer = Type.Object({
  version: Type.Integer(),
  server: Word,
  connection: Word,
  key: Word,
  proof: Word,
  /** The JetStream domain of the stream, where it has one: a shop may be connected to a leaf node with another. */
  domain: Type.Union([Word, Type.Null()]),
});

/** The shop proves itself: its secret, sealed; or nothing, where the hub's proof was wrong. */
const Proof = Type.Object({ connection: Word, secret: Type.String({ maxLength: 1_024 }) });

/** `unknown`: the hub cannot look up who asks just now. */
const Verdict = Type.Object({ verdict: Type.Enum(['accepted', 'refused', 'unknown']) });

/** What was said, or undefined for what is no such message. */
export const readRequest = reader(Request);
export const readAnswer = reader(Answer);
export const readProof = reader(Proof);
export const readVerdict = reader(Verdict);

export type DialAnswer = Static<typeof Answer>;

export function request(said: Static<typeof Request>): string {
  return JSON.stringify(said);
}

export function answer(said: DialAnswer): string {
  return JSON.stringify(said);
}

export function proof(said: Static<typeof Proof>): string {
  return JSON.stringify(said);
}

export function verdict(said: Static<typeof Verdict>): string {
  return JSON.stringify(said);
}

function reader<S extends TSchema>(schema: S): (bytes: Uint8Array) => Static<S> | undefined {
  return (bytes) => {
    const value = parsed(Buffer.from(bytes).toString());
    return Value.Check(schema, value) ? value : undefined;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
