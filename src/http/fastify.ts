import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The member `description` of the body may have line breaks and tabs. */
    multilineText?: boolean;
    /** Answers without an API key. */
    open?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; set before any handler runs. */
    actor: string;
  }
}

/** Fastify with types from the TypeBox schemas of its routes. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Request and reply, for code that does not look at the parsed parts. */
export type AnyRequest = FastifyRequest;
export type AnyReply = FastifyReply<RouteGenericInterface>;
