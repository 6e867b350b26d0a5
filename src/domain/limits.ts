/** Named limits of the ledger. Units come last in each name. */

/** Units that one command may move. */
export const QUANTITY_MAX = 1_000_000_000;

/** The largest balance an account or a level may reach: the largest integer that a number holds exactly. */
export const BALANCE_MAX = Number.MAX_SAFE_INTEGER;

/** Length of a SKU or a location, in Unicode code points. */
export const IDENTIFIER_CODE_POINTS_MAX = 128;

export const RESERVATION_LINES_MAX = 2_000;

/** Lines of a reservation that leave the location open. */
export const OPEN_LINES_MAX = 200;

/** Locations that such a line names. */
export const ORIGINS_MAX = 200;

/** Places that are looked at first for such a line: those that its strategy likes best. */
export const CANDIDATES_FIRST_MAX = 50;

/** Places that are looked at for such a line where those do not have enough. */
export const CANDIDATES_MAX = 1_000;

/** Places that are looked at for all such lines of a reservation together. */
export const CANDIDATES_IN_ALL_MAX = 10_000;

export const TRANSFER_LINES_MAX = 2_000;
export const BATCH_COMMANDS_MAX = 5_000;

export const TTL_SECONDS_DEFAULT = 900;
export const TTL_SECONDS_MIN = 1;
export const TTL_SECONDS_MAX = 86_400;

/** How long a hold may live in all, extensions included, unless configured otherwise. */
export const HOLD_LIFE_SECONDS_DEFAULT = 7 * 86_400;

/** How deep arrays and objects may be nested in metadata and attributes. */
export const JSON_NESTING_MAX = 20;
export const METADATA_BYTES_MAX = 4_096;
export const ATTRIBUTES_BYTES_MAX = 16_384;
export const NAME_CODE_POINTS_MAX = 500;
export const DESCRIPTION_CODE_POINTS_MAX = 10_000;
export const REASON_CODE_POINTS_MAX = 500;
export const REFERENCE_CODE_POINTS_MAX = 255;
export const ACTOR_CODE_POINTS_MAX = 128;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
