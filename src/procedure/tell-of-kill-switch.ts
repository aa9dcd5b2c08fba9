import type { Role } from '../domain/policy.ts';
import { dateInZone } from '../domain/school-date.ts';
import { type Db, inTransaction } from '../store/database.ts';
import { type KillSwitch, readKillSwitch, resumeSending } from '../store/kill-switch.ts';
import { closeTasks, openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/** The kind of the tasks that ask whether sending may go on; resuming answers them. */
export const KILL_SWITCH = 'kill-switch';

const TOLD = ['supervisor', 'it-contact'] as const satisfies readonly Role[];

/**
 * A stop that is forgotten would keep back letters for weeks: whoever is responsible has a task for as long as it is in
 * force.
 * @returns the stop in force; null: sending goes on
 */
export async function tellOfKillSwitch(
  db: Db,
  procedure: Procedure,
  moment: Moment,
): Promise<KillSwitch | null> {
  const stop = await readKillSwitch(db);
  if (stop === null) {
    await closeStopTasks(db, moment);
    return null;
  }
  const since = dateInZone(stop.at, procedure.timeZone);
  for (const role of TOLD) {
    await openTask(
      db,
      {
        key: keyOf(role),
        kind: KILL_SWITCH,
        role,
        openedOn: moment.today,
        dueOn: moment.today,
        detail: `since ${since}, by ${stop.by}: ${stop.because}`,
      },
      moment.now,
    );
  }
  return stop;
}

/** A named person lets letters leave again. @returns the stop that has ended now; null: there was none */
export async function endKillSwitch(
  db: Db,
  resumed: { readonly by: string; readonly because: string | null },
  moment: Moment,
): Promise<KillSwitch | null> {
  return inTransaction(db, async (tx) => {
    const ended = await resumeSending(tx, { ...resumed, now: moment.now });
    if (ended !== null) await closeStopTasks(tx, moment);
    return ended;
  });
}

async function closeStopTasks(db: Db, { now, today }: Moment): Promise<void> {
  await closeTasks(db, { keys: TOLD.map(keyOf) }, { reason: 'sending-resumed', on: today, now });
}

function keyOf(role: Role): string {
  return `${KILL_SWITCH}:${role}`;
}
