/** What stands between an id and the name of the node that made it. */
const AT = '@';

/** @returns the id as written, and the node that the reservation was made by, where it is named */
export function splitReservationId(text: string): {
  readonly id: string;
  readonly node: string | undefined;
} {
  const end = text.indexOf(AT);
  return end < 0
    ? { id: text, node: undefined }
    : { id: text.slice(0, end), node: text.slice(end + AT.length) };
}

/** An id as the ledger knows it: letter case tells UUIDs not apart, but names of nodes. */
export function toReservationId(text: string): string {
  const { id, node } = splitReservationId(text);
  return node === undefined ? id.toLowerCase() : `${id.toLowerCase()}${AT}${node}`;
}
