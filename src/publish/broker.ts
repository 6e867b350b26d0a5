import type { LoggedEvent } from '../domain/events.ts';

/** An event that is to be published. */
export interface Entry {
  readonly event: LoggedEvent;
  /** See `digest.ts`. It is kept with the message. */
  readonly digest: string;
}

/** What a stream holds at its end. */
export interface StreamEnd {
  /** Of the last event that was ever published, whether the stream still has it or not; 0 for none. */
  readonly position: number;
  /** The newest message that it still has; null where it has none. */
  readonly newest: {
    readonly position: number;
    /** Null where nobody of ours has written it. */
    readonly digest: string | null;
  } | null;
}

export interface Appended {
  /** So many of the entries, from the first, are in the stream for good. */
  readonly count: number;
  /** Somebody else had published the next one, or the stream has lost what came before it. */
  readonly wasOvertaken: boolean;
}

/**
 * The port of publishing: a stream that keeps what it is given in order, and numbers it as the log numbers its events,
 * from 1 and without gaps, whatever it removes at its beginning.
 *
 * Any call may fail with an error that tells why; what it had begun may then still happen. None waits for ever.
 */
export interface Broker {
  /**
   * Finds the stream, or makes it where there is none, and tells where it ends.
   * @throws {PublishingRefusedError} when it cannot keep what is promised
   */
  end(): Promise<StreamEnd>;

  /**
   * Adds entries in this order. The broker itself takes each only where the last one that it has is that of the position
   * before, so that what two publishers add cannot mix, and what comes late or twice changes nothing.
   * @throws {PublishingRefusedError} when it will never take one of them
   */
  append(entries: readonly Entry[]): Promise<Appended>;

  /** Calls `listener` each time that the connection is lost. */
  onLost(listener: () => void): void;

  close(): Promise<void>;
}
