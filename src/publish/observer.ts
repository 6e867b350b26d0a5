/** Told of how publishing goes; for logs and figures. It must not throw. */
export interface PublishObserver {
  /** From here on events go out as they come. */
  resumed(position: number): void;
  published(events: number): void;
  /** Another server of this node publishes; this one watches. */
  stoodBy(position: number): void;
  /** It is tried again; a `PublishingRefusedError` comes again until somebody has done something about it. */
  failed(error: unknown): void;
}

export interface PublishStatus {
  /** Of the last event that is known to have been published; undefined before the stream was found to be this log's. */
  readonly position: number | undefined;
  /** Why nothing is published now; null where all is well. */
  readonly problem: string | null;
  /** The problem is one that does not pass by itself. */
  readonly isRefused: boolean;
}
