import process from 'node:process';

/** A line for a shell of this machine that reserves one unit. A key is left for the user to fill in: none is printed. */
export function curlReservation(
  url: string,
  { sku, location }: { readonly sku: string; readonly location: string },
  needsKey: boolean,
): string {
  const body = JSON.stringify({ lines: [{ sku, location, quantity: 1 }] });
  return [
    `curl -X POST ${url}/v1/reservations`,
    ...(needsKey ? [`-H ${quoted('Authorization: Bearer YOUR-KEY')}`] : []),
    `-H ${quoted('Content-Type: application/json')}`,
    `-d ${quoted(body)}`,
  ].join(' ');
}

function quoted(text: string): string {
  if (process.platform === 'win32') return `"${text.replaceAll('"', '\\"')}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
