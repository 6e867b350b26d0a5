import process from 'node:process';

const NODE_MAJOR_MIN = 24;

// Everything else is imported after this check, for an older Node may not even be able to link it.
if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `holdfast: needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.versions.node}. Start it with npm (npm start, npm run holdfast -- ...), which brings its own.\n`,
  );
  process.exitCode = 1;
} else {
  const { run } = await import('./start/run.ts');
  await run(process, process.env);
}
