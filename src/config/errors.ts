/** A setting that is unknown, bad, or at odds with another one. The message is meant for the user. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
