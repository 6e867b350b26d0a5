import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { App } from './fastify.ts';
import { PAGE_POLICY } from './pagePolicy.ts';

const BUNDLE = path.join(import.meta.dirname, 'redoc', 'redoc.standalone.js');

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Holdfast API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/redoc.standalone.js"></script>
</body>
</html>
`;

export function redocRoutes(app: App): void {
  const hidden = { schema: { hide: true } };
  let bundle: Promise<Buffer> | undefined;
  app.get('/redoc', hidden, (_request, reply) =>
    reply
      .headers({ 'content-security-policy': PAGE_POLICY })
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
  app.get('/redoc/redoc.standalone.js', hidden, async (_request, reply) => {
    bundle ??= readFile(BUNDLE);
    return reply
      .headers({ 'cache-control': 'max-age=86400' })
      .type('text/javascript; charset=utf-8')
      .send(await bundle);
  });
}
