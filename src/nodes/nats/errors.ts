/** The NATS servers are not there, do not let this node in, or cannot keep its stream: they may at another time. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
}

/** @param doing what was tried, to begin the message */
export function brokerError(doing: string, cause: unknown): BrokerError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new BrokerError(`${doing}: ${said}`, { cause });
}
