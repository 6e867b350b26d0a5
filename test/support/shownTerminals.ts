import { type Block, type Page, ROOT } from './documents.ts';
import type { Started, Workshop } from './processes.ts';
import { scriptOf } from './shownCommands.ts';

/** Commands that go on running, each in a terminal of its own that the block names. */
const TERMINAL = /^sh terminal (\w+)$/;
/** Keys that are pressed in a terminal. */
const KEYS = /^text terminal (\w+)$/;

/** Whether the page has its reader open terminals. */
export function usesTerminals({ blocks }: Page): boolean {
  return blocks.some(({ info }) => TERMINAL.test(info));
}

/** The terminals in which the servers of a page run. */
export class ShownTerminals {
  readonly #workshop: Workshop;
  /** Where their commands are run. */
  readonly #folder: string;
  readonly #terminals = new Map<string, Started>();
  readonly #addresses = new Map<string, string>();

  constructor(workshop: Workshop, folder: string) {
    this.#workshop = workshop;
    this.#folder = folder;
  }

  /** The text with the addresses that the servers have in this test. */
  here(shown: string): string {
    let here = shown;
    for (const [address, real] of this.#addresses) here = here.replaceAll(address, real);
    return here;
  }

  /** Does what the block shows, if it is one for a terminal. */
  async follow({ info, text: shown }: Block, env: Readonly<Record<string, string>>): Promise<void> {
    const opened = TERMINAL.exec(info)?.[1];
    const typedIn = KEYS.exec(info)?.[1];
    if (opened !== undefined) await this.#open(opened, shown, env);
    else if (typedIn !== undefined) await this.#press(typedIn, shown);
  }

  /** Starts a server at any free port; what is shown of it later is looked for there. */
  async #open(name: string, shown: string, env: Readonly<Record<string, string>>): Promise<void> {
    const port = /--port (\d+)/.exec(shown)?.[1];
    const command = this.here(shown).replace(/--port \d+/, '--port 0');
    const script = `cd "$FOLDER"\n${scriptOf(command)}`;
    const started = this.#workshop.start('bash', ['-c', script], {
      env: { ...env, NODE: process.execPath, ROOT, FOLDER: this.#folder },
    });
    this.#terminals.set(name, started);
    if (port !== undefined) this.#addresses.set(`http://127.0.0.1:${port}`, await started.url());
  }

  async #press(name: string, keys: string): Promise<void> {
    const terminal = this.#terminals.get(name);
    if (terminal === undefined || keys.trim() !== 'Ctrl-C') {
      throw new Error(`nothing to do with "${keys.trim()}" in terminal ${name}`);
    }
    const { code, err } = await terminal.stop('SIGINT');
    if (code !== 0) throw new Error(`terminal ${name} ended with ${code}\n${err}`);
  }
}
