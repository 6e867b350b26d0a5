import { type DestinationStream, destination, type LevelWithSilent, type Logger, pino } from 'pino';
import { createLineCollector } from './lineCollector.ts';

export type { Logger } from 'pino';

export interface LoggerSettings {
  readonly level: LevelWithSilent;
  /** File descriptor to write to; 1 is standard output. */
  readonly fd: number;
}

export interface OpenLogger {
  readonly logger: Logger;
  /** Writes what is still in memory, at once. Call it before the process ends. */
  flush(): void;
}

/** Bytes of log that are kept when whoever reads it does not; what comes then is dropped. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

/** A logger that writes one JSON object per line, without making the caller wait. */
export function createLogger({ level, fd }: LoggerSettings): OpenLogger {
  const file = destination({ fd, sync: false, maxLength: UNREAD_BYTES_MAX });
  const lines = createLineCollector(file);
  return { logger: createLoggerOn(lines, level), flush: () => lines.flushSync() };
}

/** The same logger on any stream, for tests. */
export function createLoggerOn(stream: DestinationStream, level: LevelWithSilent): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** Many lines share a millisecond, and formatting it costs more than the rest of a line. */
function createTimestamp(): () => string {
  let formattedMs = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== formattedMs) {
      formattedMs = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}
