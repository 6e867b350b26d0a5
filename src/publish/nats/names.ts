/** What a subject gives a meaning of its own, and what the name of a stream may not have. */
const SPECIAL = /[^A-Za-z0-9_-]/gu;

/**
 * A name as one token of a subject: most stay as they are, `shop.1` becomes `shop=2E1`. Not with percent signs, as in a
 * URI: nats-server 2.9 takes the name of a stream for a format, and what it then sends to consumers cannot be read.
 */
function token(name: string): string {
  return name.replace(SPECIAL, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** Where the log of a node is published. */
export function subjectOf(node: string): string {
  return `holdfast.${token(node)}.events`;
}

/** The stream that is made for it, where nobody has made one. */
export function streamNameOf(node: string): string {
  return `HOLDFAST_EVENTS_${token(node)}`;
}

/** Whose log it is, as the source of a CloudEvent. */
export function sourceOf(node: string): string {
  return `urn:holdfast:node:${encodeURIComponent(node)}`;
}
