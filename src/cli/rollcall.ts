#!/usr/bin/env -S node --max-semi-space-size=4
// Pages of rows are short-lived: with the usual room for young objects a large read holds 45 MB more of them.
import { fail } from './output.ts';
import { createProgram } from './program.ts';
import { letGoWhenInterrupted } from './stop-signal.ts';

letGoWhenInterrupted();

// A reader that has seen enough, such as `head`, is no failure; the command still ends in order and lets go of its server.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

createProgram(process.argv.slice(2))
  .then((program) => program.parseAsync())
  .catch(fail);
