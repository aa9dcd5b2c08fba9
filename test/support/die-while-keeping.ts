import pg from 'pg';
import { createProgram } from '../../src/cli/program.ts';

/** A command that is killed at the twentieth table that it copies, in the middle of its work. */
const AT = 20;
let copies = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...call: unknown[]) {
  const text = (call[0] as { text?: string } | undefined)?.text;
  if (typeof text === 'string' && text.startsWith('copy ') && ++copies === AT)
    process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(query, this, call);
} as never;
await createProgram().parseAsync(process.argv.slice(2), { from: 'user' });
