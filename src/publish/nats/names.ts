/** What URIs leave as it is and NATS gives a meaning of its own, or may not have in the name of a stream. */
const SPECIAL = /[.!~*'()]/g;

/** A name as one token of a subject: most stay as they are, `shop.1` becomes `shop%2E1`. */
function token(name: string): string {
  return encodeURIComponent(name).replace(
    SPECIAL,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
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
  return `urn:holdfast:node:${token(node)}`;
}
