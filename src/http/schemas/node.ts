import { Type } from 'typebox';
import { FENCE_REASONS, type LinkStatus, type PeerRole } from '../../domain/links/link.ts';
import { LocationName, NodeName, nullable, Time } from './common.ts';
import { NODE_EXAMPLE } from './examples.ts';
import { LinkPolicy } from './policy.ts';

const ROLES = ['hub', 'store'] as const satisfies readonly PeerRole[];
const STATUSES = ['active', 'retired'] as const satisfies readonly LinkStatus[];

const Position = Type.Integer();

/** How far a node's log is known. */
export const KNOWN_UP_TO = { position: Position, time: Time };

export const Node = Type.Object(
  {
    node: NodeName,
    role: Type.Enum(ROLES, { description: 'What the other end of the link is' }),
    location: { ...LocationName, description: 'The location whose units both ends share' },
    status: Type.Enum(STATUSES, {
      description: '`retired`: given up for lost; what it still says changes nothing',
    }),
    fence: nullable<string>(
      Type.String({
        enum: [...FENCE_REASONS, null],
        description: 'Why nothing is promised at the location; null where nothing is wrong',
      }),
    ),
    reconcile: Type.Boolean({ description: 'An operator has allowed one reconciliation' }),
    policy: LinkPolicy,
    session: Type.Integer({ description: 'Counts the handshakes' }),
    received: Type.Object(
      {
        position: Type.Integer({
          description: "Position of the node's log up to which all is known here",
        }),
        newest: nullable<unknown>(
          Type.Object(KNOWN_UP_TO, {
            description: 'The newest entry of its log that is kept here; null before the first',
          }),
        ),
      },
      { description: "What has come of the node's log" },
    ),
    acknowledged: Type.Object(
      {
        position: Type.Integer({
          description:
            'Position up to which the node knows all of this log that concerns it, as far as was written down',
        }),
        head: Type.Integer({
          description:
            'Newest position of this log. What does not concern the node is not sent, so that it may be ahead while nothing is outstanding',
        }),
      },
      { description: 'What has gone there of the log of this node' },
    ),
    connected: {
      ...nullable<boolean>(Type.Boolean()),
      description: 'Whether the link is up at this server; null where it does not know',
    },
    lastHeardMs: {
      ...nullable<number>(Type.Integer()),
      description:
        'How long ago the node was last heard, in milliseconds; null where it was not since this server started',
    },
  },
  {
    $id: 'Node',
    description: 'Another node that this one has a link to, and how far the two know each other',
    examples: [NODE_EXAMPLE],
  },
);
