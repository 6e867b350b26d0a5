/** It must not go on before somebody has looked: it would break what is promised to those who read the stream. */
export class PublishingRefusedError extends Error {
  override readonly name = 'PublishingRefusedError';
}

/** Stream and log tell different stories. */
export class HistoryDiffersError extends PublishingRefusedError {
  constructor(difference: string) {
    super(
      `${difference}. Either the database was set back to an earlier state, or another node publishes under the same name. Choose: bring back the right database, or set the stream aside (see the guide to publishing); until then nothing is published`,
    );
  }
}
