import type { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import { createProcedureBook, procedureSettings } from '../procedure/procedure-book.ts';
import type { Db } from '../store/database.ts';
import { clockOf, dateOf, openContext, withStore } from './context.ts';

/** What a command about students works with. */
export interface Desk {
  readonly db: Db;
  readonly procedure: Procedure;
  readonly moment: Moment;
  readonly config: Config;
}

/** Opens the database and the procedure of a day. @param asOf null: today */
export async function atDesk(
  command: Command,
  asOf: string | undefined,
  use: (desk: Desk) => Promise<void>,
): Promise<void> {
  const context = openContext(command);
  const { config } = context;
  const moment = { now: clockOf(config, asOf)(), today: dateOf(config, asOf) };
  await withStore(context, async ({ db }) => {
    const procedure = await createProcedureBook(db, procedureSettings(config)).on(moment.today);
    await use({ db, procedure, moment, config });
  });
}
