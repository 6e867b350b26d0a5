import type { ApplyEntriesCommand } from '../../src/domain/links/commands.ts';
import type { Link } from '../../src/domain/links/link.ts';
import type { SharingLedger, Work } from '../../src/ledger/ledger.ts';
import type { LedgerStore, Rows } from '../../src/ledger/store.ts';
import type { Codec } from '../../src/nodes/messages.ts';
import type { QueryStore } from '../../src/queries/store.ts';
import type { Mutation, Seams } from './seams.ts';
import { mapRows, showing, writing } from './wrapCommit.ts';

/** Bugs in what passes between nodes. */
export const BROKEN_LINKS: readonly Mutation[] = [
  {
    name: 'moves its cursor and loses the rest of the commit',
    plant: () => ({
      store: (store) =>
        writing(store, (writes) =>
          writes.mirrored.length === 0
            ? writes
            : {
                ...writes,
                events: [],
                levels: new Map(),
                shares: new Map(),
                reservations: new Map(),
                mirrored: [],
              },
        ),
    }),
  },
  {
    name: 'applies entries and does not move its cursor',
    plant: () => ({
      store: (store) =>
        changingLinks(store, (after, before) => ({
          ...after,
          received: before?.received ?? after.received,
        })),
    }),
  },
  { name: 'takes a grant in twice', plant: applyingTwice },
  {
    name: 'forgets, when it puts back what was lost, which grants it had taken in',
    plant: () => ({
      store: (store) =>
        changingLinks(store, (after, before) =>
          after.recovery === null
            ? after
            : { ...after, acceptedThrough: before?.acceptedThrough ?? 0 },
        ),
    }),
    profile: { restores: 0.3 },
  },
  {
    name: 'believes every database to be the one that it last ran on',
    plant: () => ({
      incarnation: (incarnation) => ({ ...incarnation, isProven: async () => true }),
    }),
    profile: { restores: 0.3, crashes: 2, copies: 0 },
  },
  {
    name: 'does not compare digests',
    plant: () => ({
      hash: (hash) => (text) => (text.includes('\n') ? 'the same' : hash(text)),
    }),
    profile: { restores: 0.3, cuts: 0.5 },
  },
  {
    name: 'acknowledges entries before they are durable',
    plant: () => ({ ledger: acknowledgingEarly }),
    profile: { crashes: 1 },
  },
  { name: 'sends less than it says', plant: () => ({ codec: droppingEntries }) },
  {
    name: 'lets every database of a node in that knows its secret',
    plant: () => ({ queries: forgettingTokens }),
    profile: { copies: 0.4, restores: 0 },
  },
];

function changingLinks(
  store: LedgerStore,
  change: (after: Link, before: Link | undefined) => Link,
): LedgerStore {
  return writing(store, (writes) => ({
    ...writes,
    links: mapRows(writes.links, ({ before, after }) => ({
      before,
      after: after && change(after, before),
    })),
  }));
}

function entriesOf({ items }: Work): ApplyEntriesCommand | undefined {
  const command = items[0]?.command;
  return command?.type === 'applyEntries' ? command : undefined;
}

/** Now and then entries are applied once more, and neither the cursor nor the position of the last grant says no. */
function applyingTwice(): Seams {
  let again: ApplyEntriesCommand | null = null;
  const forget = (rows: Rows): Rows => {
    const command = again;
    if (command === null || !rows.links.has(command.peer)) return rows;
    const links = mapRows(rows.links, (link) => ({
      ...link,
      received: command.after,
      acceptedThrough: 0,
    }));
    return { ...rows, links };
  };
  const submit = async (ledger: SharingLedger, work: Work) => {
    const answer = await ledger.submit(work);
    const entries = entriesOf(work);
    if (entries && again === null) {
      again = entries;
      await ledger.submit(work).catch(() => undefined);
      again = null;
    }
    return answer;
  };
  return {
    store: (store) => showing(store, forget),
    ledger: (ledger) => ({ ...ledger, submit: (work) => submit(ledger, work) }),
  };
}

function acknowledgingEarly(ledger: SharingLedger): SharingLedger {
  return {
    ...ledger,
    async submit(work) {
      const answer = ledger.submit(work);
      if (!entriesOf(work)) return answer;
      answer.catch(() => undefined);
      const outcome = { kind: 'link', link: null } as const;
      return { kind: 'done', items: [{ outcome, replayed: false }], replayed: false };
    },
  };
}

const DROP_EVERY = 5;

function droppingEntries(codec: Codec): Codec {
  let sent = 0;
  return {
    decode: (text) => codec.decode(text),
    encode(message) {
      if (message.type !== 'entries') return codec.encode(message);
      sent += 1;
      const entries = sent % DROP_EVERY === 0 ? message.entries.slice(0, -1) : message.entries;
      return codec.encode({ ...message, entries });
    },
  };
}

/** The hub does not know which token it gave out last. */
function forgettingTokens(queries: QueryStore): QueryStore {
  const forget = (link: Link): Link =>
    link.peerRole === 'store' ? { ...link, token: null } : link;
  return new Proxy(queries, {
    get(target, name) {
      if (name === 'links') return async () => (await target.links()).map(forget);
      if (name !== 'link') return Reflect.get(target, name, target);
      return async (peer: string) => {
        const link = await target.link(peer);
        return link && forget(link);
      };
    },
  });
}
