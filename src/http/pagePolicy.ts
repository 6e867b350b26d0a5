/** Content-Security-Policy of the pages: they load nothing from elsewhere, and ask nobody but this server. */
export const PAGE_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'worker-src blob:',
].join('; ');
