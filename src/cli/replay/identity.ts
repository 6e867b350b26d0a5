import { createHash } from 'node:crypto';

/** How much of the file's digest a reference carries: 48 bits tell one data file from another. */
const DIGEST_PREFIX_LENGTH = 12;

/**
 * Names that follow from the file alone. A run that goes on after a crash finds by them what is booked already, and
 * the same file is known again.
 */
export interface Identity {
  /** In the log, on all that is not a reservation: `digest#line`. */
  reference(line: number): string;
  /** On the invented opening stock of a product: `digest#opening-code`. */
  openingReference(code: string): string;
  /** Whether a reference is one of this file. */
  owns(reference: string): boolean;
  /** A UUIDv7: its time part is that of the invoice, the rest a hash of file, location and invoice number. */
  reservationId(invoice: string, time: number): string;
}

export function identityOf(digest: string, location: string): Identity {
  const prefix = digest.slice(0, DIGEST_PREFIX_LENGTH);
  return {
    reference: (line) => `${prefix}#${line}`,
    openingReference: (code) => `${prefix}#opening-${code}`,
    owns: (reference) => reference.startsWith(`${prefix}#`),
    reservationId: (invoice, time) => uuidv7(time, `${digest}\n${location}\n${invoice}`),
  };
}

function uuidv7(time: number, content: string): string {
  const stamp = time.toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(content).digest('hex');
  const variant = (8 + (Number.parseInt(hash.slice(3, 4), 16) % 4)).toString(16);
  return [
    stamp.slice(0, 8),
    stamp.slice(8),
    `7${hash.slice(0, 3)}`,
    `${variant}${hash.slice(4, 7)}`,
    hash.slice(7, 19),
  ].join('-');
}
