import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A Markdown page of the repository. */
export interface Page {
  /** From the root, with `/`. */
  readonly file: string;
  /** Its text without fenced blocks. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

/** A fenced block: what stands after the fence, such as `sh run`, and what is in it. */
export interface Block {
  readonly info: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

export function readPages(): Page[] {
  const files = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
  return files.map((file) => readPage(file.replaceAll('\\', '/'))).sort(byFile);
}

export function readPage(file: string): Page {
  return { file, ...split(readFileSync(path.join(ROOT, file), 'utf8')) };
}

function byFile(one: Page, other: Page): number {
  return one.file < other.file ? -1 : 1;
}

const FENCE = /^```(.*)$/;

function split(text: string): { prose: string; blocks: Block[] } {
  const prose: string[] = [];
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const info = FENCE.exec(line)?.[1];
    if (info === undefined) {
      (open?.lines ?? prose).push(line);
    } else if (open) {
      blocks.push({ info: open.info, text: open.lines.join('\n'), line: open.line });
      open = undefined;
    } else {
      open = { info: info.trim(), line: index + 1, lines: [] };
    }
  }
  return { prose: prose.join('\n'), blocks };
}

/** Where the links of a page lead that stay in the repository. */
export function localLinks({ prose }: Page): string[] {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub makes from the headings of a page. */
export function anchors({ prose }: Page): Set<string> {
  const headings = [...prose.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(headings.map(anchorOf));
}

function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
