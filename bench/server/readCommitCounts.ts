import type { ServerFigures } from './messages.ts';

/** What the server's own metrics say about its commits. */
export async function readCommitCounts(
  url: string,
): Promise<Pick<ServerFigures, 'commits' | 'commands'>> {
  const text = await readMetrics(url);
  const read = (name: string): number => {
    const [, value] = new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`the metrics do not show ${name}`);
    return Number(value);
  };
  return { commits: read('holdfast_commits_total'), commands: read('holdfast_commands_total') };
}

/** A connection that was kept open may have been closed while the server had no time for it: once more on a new one. */
async function readMetrics(url: string): Promise<string> {
  const read = async () => (await fetch(`${url}/metrics`)).text();
  try {
    return await read();
  } catch {
    return read();
  }
}
