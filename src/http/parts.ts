import type { Feed } from '../feed/feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LinkAcceptor } from '../nodes/http/acceptor.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Queries } from '../queries/queries.ts';
import type { App } from './fastify.ts';
import type { ApiKey } from './identity.ts';

export interface HttpSettings {
  /** Guard every route but health. Without any, only loopback names are answered. */
  readonly apiKeys: readonly ApiKey[];
  /** Whether every request is logged, as one line at level `info`. */
  readonly requestLog: boolean;
  /** Event streams that may be open at once; 1,000 unless given. */
  readonly streamsMax?: number;
  /** A reader of a stream that takes nothing for this long is cut off; 30,000 unless given. */
  readonly streamStallMs?: number;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
  /** What somebody should look at, though the server takes requests. */
  readonly warnings?: readonly string[];
}

/** What this server knows of its link to a node beside what the database says. */
export interface NodeStatus {
  readonly connected: boolean;
  /** How long ago the node was last heard, in milliseconds; null where it was not since this server started. */
  readonly lastHeardMs: number | null;
}

/** What the HTTP edge works with. It owns none of it: whoever made them closes them, after the server. */
export interface HttpParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly feed: Feed;
  /** Makes a UUIDv7. */
  readonly newId: () => string;
  readonly settings: HttpSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
  /** Name of the node that the log belongs to. */
  readonly node: string;
  /** Undefined where this server does not know. Left out where it has no links. */
  readonly nodeStatus?: (peer: string) => NodeStatus | undefined;
  /** Version of the product. */
  readonly version: string;
  /** Takes the links of shops' nodes; without it there is no route for them. */
  readonly links?: LinkAcceptor;
  /** Called where the guarded routes are about to be registered; for the bench, which adds routes like them. */
  readonly extend?: (app: App) => void;
}
