import type { ServerFigures } from './messages.ts';

/** What the server's own metrics say about its commits. */
export async function readCommitCounts(
  url: string,
): Promise<Pick<ServerFigures, 'commits' | 'commands'>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string): number => {
    const [, value] = new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`the metrics do not show ${name}`);
    return Number(value);
  };
  return { commits: read('holdfast_commits_total'), commands: read('holdfast_commands_total') };
}
