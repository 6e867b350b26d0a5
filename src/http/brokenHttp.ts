import type { Socket } from 'node:net';
import { buildProblem, PROBLEM_MEDIA_TYPE } from './problem.ts';
import { type HttpProblemCode, problemKind } from './problemCodes.ts';

const PROBLEMS: Readonly<Record<string, readonly [HttpProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'Request line and headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in full in time.'],
};

/** Answers what is not HTTP enough to become a request, and ends the connection. */
export function answerBrokenHttp(
  error: Error & { readonly code?: string },
  socket: Socket,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = PROBLEMS[error.code ?? ''] ?? [
    'malformed_http',
    'The request is not well-formed HTTP.',
  ];
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
