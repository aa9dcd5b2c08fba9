#!/usr/bin/env node
import { fail } from './output.ts';
import { createProgram } from './program.ts';

// A reader that has seen enough, such as `head`, is no failure; the command still ends in order and lets go of its server.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

createProgram().parseAsync().catch(fail);
