/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a hub's address is that of NATS servers. */
export function isNatsAddress(address: string): boolean {
  return /^(nats|tls):/.test(address);
}

/** `nats://a:1,b:2/hub` is the servers `nats://a:1` and `nats://b:2`, and the path `hub`. */
export function splitNatsAddress(address: string): { servers: readonly string[]; path: string } {
  const [, scheme = '', hosts = '', path = ''] =
    /^(\w+):\/\/([^/]*(?:\/\/[^/]*)*)\/?(.*)$/.exec(address) ?? [];
  const servers = hosts
    .split(',')
    .map((host) => (host.includes('://') ? host : `${scheme}://${host}`));
  return { servers, path };
}

const SECRET_PARAMETERS = /([?&](?:user|password)=)[^&]*/g;

/** The address of a database without the user and the password that it may hold. */
export function hideCredentials(address: string): string {
  const [, scheme = '', rest = address] = /^([^:]*:)(.*)$/s.exec(address) ?? [];
  const isSound = rest.startsWith('//') && URL.canParse(address);
  // Where one cannot tell what is what, any of it may be the password.
  if (/^postgres/i.test(scheme) && !isSound && !rest.includes('@')) return `${scheme}//***`;
  if (scheme === 'sqlite:' && !rest.startsWith('//')) return address;
  return scheme + rest.replace(SECRET_PARAMETERS, '$1***').replace(/^(\/\/)?.*@/s, '//***@');
}
