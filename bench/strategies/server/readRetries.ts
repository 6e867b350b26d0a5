/** How often a commit of this server met a conflict and was tried again, as its own metrics say. */
export async function readRetries(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, value] = /^holdfast_commit_retries_total(?:{.*})? (\S+)$/m.exec(text) ?? [];
  if (value === undefined) throw new Error('the metrics do not show the retries of commits');
  return Number(value);
}
