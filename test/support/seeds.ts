import process from 'node:process';
import fc from 'fast-check';

// Properties are tried on the same cases each time, so that a failure tells of a change and not of luck. Others are tried
// with HOLDFAST_TEST_SEED: a number, or `random`.
const { HOLDFAST_TEST_SEED: seed = '20261120' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
