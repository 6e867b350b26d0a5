import { Command } from 'commander';
import { listSettings } from '../config/describe.ts';
import { type FlagValues, readConfig } from '../config.ts';
import { settingOption } from './common.ts';
import type { Tools } from './tools.ts';

export function serveCommand(tools: Tools): Command {
  return withServeOptions(
    new Command('serve')
      .summary('serve the HTTP API')
      .description(
        'Serves the HTTP API until SIGTERM or SIGINT, then finishes what was accepted. Brings the database to this version first. Logs are JSON lines on standard error.',
      ),
  ).action((flags: FlagValues) => runServe(tools, flags));
}

/** A flag for every setting that may have one. */
export function withServeOptions(command: Command): Command {
  for (const { name, flag } of listSettings()) {
    if (flag !== null) command.addOption(settingOption(name));
  }
  return command;
}

async function runServe(tools: Tools, flags: FlagValues): Promise<void> {
  await tools.serve(readConfig(flags, tools.env), {
    async ready(url) {
      tools.out.write(`holdfast listens on ${url}\n`);
    },
  });
}
