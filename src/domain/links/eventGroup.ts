import type { EventDraft } from '../events.ts';

/** Events that belong together: those of one reservation, or of none. */
export type EventGroup = readonly EventDraft[];

export const NOTHING: readonly EventGroup[] = [];
