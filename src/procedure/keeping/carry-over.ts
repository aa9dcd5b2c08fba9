import { RETENTION_CLASSES, type RetentionClass } from '../../domain/retention.ts';
import { dateInZone, isSchoolDate } from '../../domain/school-date.ts';
import { carryOver, type LaterDestruction } from '../../store/carried-over.ts';
import type { Db, Tx } from '../../store/database.ts';
import { heldStudents } from '../../store/legal-holds.ts';
import type { UndoneByRestore } from '../../store/tables/keeping.ts';
import { destroyClass } from './retention.ts';

/** As `retention apply` has written it. */
interface Certificate {
  readonly on: string;
  readonly classes: readonly {
    readonly class: RetentionClass;
    readonly yearsKept: number;
    readonly students: readonly number[];
    readonly keptByLegalHold: readonly number[];
  }[];
}

/**
 * What the database that goes knows and the backup does not holds in the restored one as well, before anybody sees it:
 * stops, holds and legal holds are in force, and what was destroyed is destroyed again, as the certificates say.
 * @returns null: the two are not of one line
 */
export async function carryOverToRestored(tx: Db, now: Date): Promise<UndoneByRestore | null> {
  const carried = await carryOver(tx, now);
  if (carried === null) return null;
  for (const destruction of carried.destructions) await destroyAgain(tx, destruction);
  return carried.undone;
}

async function destroyAgain(tx: Db, { at, certificate }: LaterDestruction): Promise<void> {
  const { on, classes } = certificate as Certificate;
  const today = isSchoolDate(on) ? on : dateInZone(at, 'UTC');
  const heldNow = await heldStudents(tx);
  for (const { class: name, yearsKept: years, students, keptByLegalHold } of classes) {
    if (!RETENTION_CLASSES.includes(name)) continue;
    const held = [...new Set([...heldNow, ...keptByLegalHold])];
    const free = students.filter((id) => !heldNow.includes(id));
    await destroyClass(tx as Tx, { name, years, students: free }, { held, today, now: at });
  }
}

/** What a person has to see to before mail may leave again. */
export function openAfterRestore(undone: UndoneByRestore): string[] {
  const { stops, holds, legalHolds, recalledLetters, destructions } = undone;
  return [stops, holds, legalHolds, recalledLetters, destructions].flatMap(({ open }) => open);
}
