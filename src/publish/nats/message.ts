import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { CloudEvent } from 'cloudevents';
import type { LoggedEvent } from '../../domain/events.ts';
import type { Entry } from '../broker.ts';
import { sourceOf } from './names.ts';

/** Tells readers that the payload is the whole CloudEvent, as the binding of CloudEvents to NATS asks for. */
const CONTENT_TYPE = 'application/cloudevents+json';
const DIGEST_HEADER = 'Holdfast-Digest';
const ID_HEADER = 'Nats-Msg-Id';

/** What `GET /v1/events` shows of an event. */
export type EventView = { readonly time: string };

/** One message of a stream. */
export interface Message {
  /** The position. */
  readonly id: string;
  readonly payload: string;
  readonly headers: MsgHdrs;
}

/** Makes the messages of one node. @throws {ValidationError} when an event is none that CloudEvents allows */
export function createMessages(
  node: string,
  view: (event: LoggedEvent) => EventView,
): (entry: Entry) => Message {
  const source = sourceOf(node);
  return ({ event, digest }) => {
    const id = String(event.position);
    const data = view(event);
    const subject = aboutOf(event);
    const cloudEvent = new CloudEvent({
      id,
      source,
      type: `holdfast.${event.type}`,
      ...(subject !== null && { subject }),
      time: data.time,
      datacontenttype: 'application/json',
      data,
    });
    return { id, payload: JSON.stringify(cloudEvent), headers: headersOf(digest) };
  };
}

/** @returns null for a message that this product has not published */
export function digestOf(sequence: number, message: MsgHdrs): string | null {
  if (message.get(ID_HEADER) !== String(sequence)) return null;
  return message.get(DIGEST_HEADER) || null;
}

function headersOf(digest: string): MsgHdrs {
  const made = headers();
  made.set('Content-Type', CONTENT_TYPE);
  made.set(DIGEST_HEADER, digest);
  return made;
}

/** `sku/location`, each encoded as in a path; one of them is empty in notices about the other. */
function aboutOf({ sku, location }: LoggedEvent): string | null {
  if (sku === null && location === null) return null;
  return `${encodeURIComponent(sku ?? '')}/${encodeURIComponent(location ?? '')}`;
}
