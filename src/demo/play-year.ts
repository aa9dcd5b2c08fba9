import { addDays, earlierOf, instantInZone, type SchoolDate, weekday } from '../domain/school-date.ts';
import { answerBatch } from '../procedure/batches.ts';
import { addContract } from '../procedure/contracts.ts';
import type { Moment, Procedure } from '../procedure/procedure.ts';
import { answerTask } from '../procedure/staff-answers.ts';
import { openBatches } from '../store/batches.ts';
import type { Db } from '../store/database.ts';
import { listOpenTasks } from '../store/tasks.ts';
import { type StaffAction, staffActions } from './staff.ts';

/** What plays the year needs of the running program. */
export interface Stage {
  readonly db: Db;
  /** One whole cycle at the time of the clock. */
  readonly cycle: () => Promise<unknown>;
  /** Sets the clock of the program, and what the SIS takes for today. */
  readonly setClock: (now: Date, sisToday: SchoolDate) => void;
  readonly procedure: (date: SchoolDate) => Promise<Procedure>;
  /** Left out, the staff agree no attendance contracts and say yes to no batch. */
  readonly decides?: true;
  /** What else the staff do of an afternoon. */
  readonly afternoon?: (moment: Moment, procedure: Procedure) => Promise<void>;
}

export interface YearToPlay {
  readonly from: SchoolDate;
  /** Inclusive. */
  readonly until: SchoolDate;
  readonly timeZone: string;
  /** Nothing is run on Saturdays and Sundays. */
  readonly weekdaysOnly?: boolean;
  readonly seed: number;
  readonly onDay?: (date: SchoolDate, day: number, days: number) => void;
}

const FRIDAY = 5;

const STAFF = 'Demonstration staff';

/** Hours on the district's clock. */
const MORNING = '08:00';
const AFTERNOON = '14:30';

/**
 * Plays a stretch of a school year day by day: in the morning a cycle on what the SIS knew the evening before, in the
 * afternoon the staff, who reach families, post letters and close tasks.
 */
export async function playYear(stage: Stage, year: YearToPlay): Promise<void> {
  const days: SchoolDate[] = [];
  for (let date = year.from; date <= year.until; date = addDays(date, 1)) {
    if (year.weekdaysOnly !== true || weekday(date) <= FRIDAY) days.push(date);
  }
  for (const [index, date] of days.entries()) {
    year.onDay?.(date, index + 1, days.length);
    stage.setClock(instantInZone(date, MORNING, year.timeZone), addDays(date, -1));
    await stage.cycle();
    const afternoon = instantInZone(date, AFTERNOON, year.timeZone);
    await actAsStaff(stage, { now: afternoon, today: date }, year.seed);
  }
}

async function actAsStaff(stage: Stage, moment: Moment, seed: number): Promise<void> {
  const { db, decides = false } = stage;
  const procedure = await stage.procedure(moment.today);
  const tasks = await listOpenTasks(db);
  const students = await names(db, 'student');
  const schools = await names(db, 'school');
  const visible = tasks.map((task) => ({
    ref: task.ref,
    kind: task.kind,
    openedOn: task.openedOn,
    step: task.step,
    student: task.studentId === null ? null : (students.get(task.studentId) ?? null),
    school: task.schoolId === null ? null : (schools.get(task.schoolId) ?? null),
  }));
  for (const action of staffActions(visible, moment.today, seed)) {
    if (action.kind === 'agree-contract') {
      if (decides) await agreeContract(db, procedure, action, moment);
      continue;
    }
    const outcome = action.kind === 'confirm-posted' ? 'posted' : action.outcome;
    const note = action.kind === 'log-contact' ? action.note : null;
    await answerTask(db, { ref: action.task, by: STAFF, outcome, note }, moment, procedure);
  }
  if (decides) await approveBatches(db, procedure, moment);
  await stage.afternoon?.(moment, procedure);
}

/** A day with more letters than usual: the supervisor looks through them and says yes. */
async function approveBatches(db: Db, procedure: Procedure, moment: Moment): Promise<void> {
  const said = { answer: 'approve', by: STAFF, because: 'looked through', except: [] } as const;
  for (const { ref } of await openBatches(db)) await answerBatch(db, procedure, ref, said, moment);
}

/** What a family cannot agree to, for a student who has just left perhaps, is not agreed. */
async function agreeContract(
  db: Db,
  procedure: Procedure,
  { student, allowedDays, lasts }: Extract<StaffAction, { kind: 'agree-contract' }>,
  moment: Moment,
): Promise<void> {
  const begins = addDays(moment.today, 1);
  const ends = earlierOf(addDays(begins, lasts), procedure.calendarOf(null).lastDay);
  await addContract(
    db,
    procedure,
    {
      student,
      begins,
      ends,
      allowedDays,
      basis: 'all',
      graceDays: 2,
      exceptCodes: [],
      signedOn: moment.today,
      refused: false,
      by: STAFF,
      note: null,
    },
    moment,
  );
}

async function names(db: Db, table: 'student' | 'school'): Promise<Map<number, string>> {
  const rows = await db.selectFrom(table).select(['id', 'sourced_id']).execute();
  return new Map(rows.map((row) => [row.id, row.sourced_id]));
}
