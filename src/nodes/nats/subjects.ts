/** A word that may stand in a subject, in the name of a stream and in the name of its folder as it is. */
const PLAIN = /^[A-Za-z0-9_-]+$/;

/**
 * A name as one token of a subject. Most names stay readable, for operators write them into permissions; any other is
 * `=` and base64url, which no plain name begins with.
 */
export function tokenOf(name: string): string {
  return PLAIN.test(name) ? name : `=${Buffer.from(name).toString('base64url')}`;
}

/** The two directions of a link: `up` to the hub, `down` to the shop. */
export type Direction = 'up' | 'down';

/** Where one link's messages pass. Neither the server's word nor the connection's can be guessed. */
export interface LinkSubjects {
  /** Kept by the stream until it is read. */
  stored(direction: Direction): string;
  /** The same, if it is short, for whoever listens just now. */
  live(direction: Direction): string;
  /** Signs of life: nobody keeps them. */
  beat(direction: Direction): string;
}

/** The subjects of one hub. */
export interface HubSubjects {
  readonly stream: string;
  /** All that the stream keeps. */
  readonly allStored: string;
  /** Where shops ask for a link; any server of the hub answers. */
  readonly dial: string;
  /** Where a shop proves itself, to the server that has answered. */
  prove(server: string): string;
  /** What comes up to one server, of all its links. */
  storedFor(server: string): string;
  liveFor(server: string): string;
  beatsFor(server: string): string;
  link(server: string, connection: string): LinkSubjects;
}

export function subjectsOf(hub: string): HubSubjects {
  const token = tokenOf(hub);
  const base = `holdfast.${token}`;
  return {
    stream: `HOLDFAST_LINKS_${token}`,
    allStored: `${base}.link.>`,
    dial: `${base}.dial`,
    prove: (server) => `${base}.prove.${server}`,
    storedFor: (server) => `${base}.link.${server}.*.up`,
    liveFor: (server) => `${base}.live.${server}.*.up`,
    beatsFor: (server) => `${base}.beat.${server}.*.up`,
    link: (server, connection) => ({
      stored: (direction) => `${base}.link.${server}.${connection}.${direction}`,
      live: (direction) => `${base}.live.${server}.${connection}.${direction}`,
      beat: (direction) => `${base}.beat.${server}.${connection}.${direction}`,
    }),
  };
}

/** The connection that a subject of a link belongs to. */
export function connectionOf(subject: string): string | undefined {
  return subject.split('.').at(-2);
}
