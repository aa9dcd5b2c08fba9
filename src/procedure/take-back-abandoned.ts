import { sql } from 'kysely';
import type { Db } from '../store/database.ts';
import { reapAbandoned, setAsideExhausted } from '../store/send-protocol.ts';
import { openTask } from '../store/tasks.ts';
import type { Moment, Procedure } from './procedure.ts';

/**
 * Takes back what processes that are gone had claimed: what had not been handed over waits again, what may have left
 * is uncertain and is never sent again by itself. What has used up its attempts leaves the line. Both become tasks.
 * @returns how many letters and mails need a person
 */
export async function takeBackAbandoned(db: Db, procedure: Procedure, moment: Moment): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const uncertain = await reapAbandoned(tx, 'letter');
    const letters = [...uncertain, ...(await setAsideExhausted(tx, 'letter'))];
    const mails = [
      ...(await reapAbandoned(tx, 'staff_mail')),
      ...(await setAsideExhausted(tx, 'staff_mail')),
    ];
    const dueOn = procedure.calendarOf(null).addSchoolDays(moment.today, 1) ?? moment.today;
    const about = await sql<{ id: string; student_id: number; school_id: number; school_year: string }>`
      select id, student_id, school_id, school_year from letter where id = any(${letters}::uuid[])`.execute(
      tx,
    );
    for (const letter of about.rows) {
      await openTask(
        tx,
        {
          key: `resolve-letter:${letter.id}`,
          kind: 'resolve-letter',
          role: 'attendance-clerk',
          openedOn: moment.today,
          dueOn,
          studentId: letter.student_id,
          schoolId: letter.school_id,
          schoolYear: letter.school_year,
          letterId: letter.id,
          detail: uncertain.includes(letter.id) ? 'process-gone' : 'too-many-attempts',
        },
        moment.now,
      );
    }
    for (const mailId of mails) {
      await openTask(
        tx,
        {
          key: `resolve-mail:${mailId}`,
          kind: 'resolve-mail',
          role: 'it-contact',
          openedOn: moment.today,
          dueOn,
          detail: 'not accepted or not certain',
        },
        moment.now,
      );
    }
    return letters.length + mails.length;
  });
}
