import type { App } from '../fastify.ts';
import { ProblemError } from '../problem.ts';
import { isProblemCode, PROBLEM_CODES, type ProblemCode, problemKind } from '../problemCodes.ts';

/** The pages that the `type` of a problem points to. */
export function problemRoutes(app: App): void {
  const hidden = { schema: { hide: true } };
  app.get('/problems', hidden, (_request, reply) => {
    const list = PROBLEM_CODES.map(listEntry).join('\n');
    return reply.type(HTML).send(page('Problems', `<ul>\n${list}\n</ul>`));
  });
  app.get<{ Params: { code: string } }>(
    '/problems/:code',
    hidden,
    ({ params: { code } }, reply) => {
      if (!isProblemCode(code))
        throw new ProblemError('route_not_found', 'There is no such problem.');
      return reply.type(HTML).send(page(problemKind(code).title, explanation(code)));
    },
  );
}

const HTML = 'text/html; charset=utf-8';

function listEntry(code: ProblemCode): string {
  return `<li><a href="/problems/${code}"><code>${code}</code></a></li>`;
}

function explanation(code: ProblemCode): string {
  const { status, meaning, retryable } = problemKind(code);
  const again = retryable
    ? 'The same request, sent again later, may succeed.'
    : 'The same request, sent again, will not succeed.';
  return `<p>${htmlOf(meaning)}</p>
<p>${again}</p>
<dl><dt>Code</dt><dd><code>${code}</code></dd><dt>Status</dt><dd>${status}</dd></dl>
<p><a href="/problems">All problems</a></p>`;
}

/** The meanings are written with backticks around names. */
function htmlOf(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title} · Holdfast</title></head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`;
}
