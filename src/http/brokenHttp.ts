import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type LogParts, noteBroken } from './accessLog.ts';
import { buildProblem, PROBLEM_MEDIA_TYPE } from './problem.ts';
import { type HttpProblemCode, problemKind } from './problemCodes.ts';

const PROBLEMS: Readonly<Record<string, readonly [HttpProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'Request line and headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in full in time.'],
};

/**
 * Answers what is not HTTP enough to become a request, and ends the connection. Requests that came before it on the same
 * connection are answered first: a client would take this answer for theirs, though they may have been done.
 */
export function answerBrokenHttp(
  parts: LogParts,
  error: Error & { readonly code?: string },
  socket: Socket,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const earlier = answerUnderWay(socket);
  if (earlier?.req.complete) {
    // What comes after is no HTTP either, and would only be reported again.
    socket.pause();
    earlier.once('close', () => {
      socket.resume();
      answerBrokenHttp(parts, error, socket, requestId);
    });
    return;
  }
  const [code, detail] = PROBLEMS[error.code ?? ''] ?? [
    'malformed_http',
    'The request is not well-formed HTTP.',
  ];
  endWith(socket, code, detail, requestId);
  noteBroken(parts, requestId, problemKind(code).status, socket.remoteAddress);
}

/** Node keeps the answer that a connection is busy with in this member, and looks at it where it answers broken HTTP itself. */
function answerUnderWay(socket: Socket): ServerResponse | undefined {
  const answer: unknown = Reflect.get(socket, '_httpMessage');
  return answer instanceof ServerResponse ? answer : undefined;
}

function endWith(socket: Socket, code: HttpProblemCode, detail: string, requestId: string): void {
  const body = JSON.stringify(buildProblem({ code, detail }, requestId));
  const { status, title } = problemKind(code);
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
