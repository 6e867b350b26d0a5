import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { freePort } from '../../test/support/postgres/freePort.ts';

export interface RedisServer {
  /** As in `7.0.15`. */
  readonly version: string;
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a Redis on loopback that keeps its data in a folder. @returns null where the machine has none */
export async function startRedis(folder: string): Promise<RedisServer | null> {
  const version = redisVersion();
  if (version === null) return null;
  const port = await freePort();
  const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const child = spawn('redis-server', [...where, '--save', '', '--appendonly', 'yes'], {
    stdio: 'ignore',
  });
  // At once: its folder is about to be removed.
  const killedWithUs = () => child.kill('SIGKILL');
  process.on('exit', killedWithUs);
  const url = `redis://127.0.0.1:${port}`;
  await answering(url);
  return {
    version,
    url,
    async close() {
      process.off('exit', killedWithUs);
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function redisVersion(): string | null {
  try {
    const text = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
    return /v=(\S+)/.exec(text)?.[1] ?? '';
  } catch {
    return null;
  }
}

/** Waits until it answers: the client tries again until it can connect. */
async function answering(url: string): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 600 });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}
