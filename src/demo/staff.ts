import { daysBetween, type SchoolDate, weekday } from '../domain/school-date.ts';
import { type Random, randomOf } from './district/random.ts';

/** What the simulated staff see of an open task. */
export interface OpenTask {
  readonly ref: string;
  readonly kind: string;
  readonly openedOn: SchoolDate;
  readonly step: string | null;
  /** sourcedId of the student, where the task is about one. */
  readonly student: string | null;
  /** sourcedId of the school, where the task belongs to one. */
  readonly school: string | null;
}

export type StaffAction =
  | {
      readonly kind: 'log-contact';
      readonly task: string;
      readonly outcome: 'reached' | 'left-message' | 'no-answer' | 'wrong-number';
      readonly note: string;
    }
  | { readonly kind: 'confirm-posted'; readonly task: string }
  | { readonly kind: 'close-task'; readonly task: string; readonly outcome: string }
  /** The family agrees to an attendance contract, and signs it on the same day. */
  | {
      readonly kind: 'agree-contract';
      readonly task: string;
      readonly student: string;
      readonly allowedDays: string;
      /** Calendar days from the first to the last that are watched. */
      readonly lasts: number;
    };

/**
 * What the staff of the demonstration district do about their tasks on a day. Pure: the same tasks, date and seed give
 * the same actions, whatever the order of the tasks and whatever their random references are.
 */
export function staffActions(
  openTasks: readonly OpenTask[],
  date: SchoolDate,
  seed: string | number,
): StaffAction[] {
  if (weekday(date) > 5) return [];
  return openTasks.flatMap((task) => {
    const random = randomOf(
      seed,
      'task',
      task.kind,
      task.student ?? task.school ?? '',
      task.step ?? '',
      task.openedOn,
    );
    const patience = daysUntilDone(task.kind, random);
    if (patience === null || daysBetween(task.openedOn, date) < patience) return [];
    return actionOn(task, random);
  });
}

/** Calendar days from opening to doing; null: forgotten, so that reminders have somebody to remind. */
function daysUntilDone(kind: string, random: Random): number | null {
  switch (kind) {
    case 'print-letters':
      return random.weighted([
        [0, 30],
        [1, 50],
        [3, 20],
      ]);
    case 'contact-family':
      return random.weighted<number | null>([
        [0, 35],
        [1, 35],
        [2, 15],
        [5, 12],
        [null, 3],
      ]);
    default:
      return random.weighted<number | null>([
        [0, 15],
        [1, 35],
        [3, 30],
        [7, 15],
        [null, 5],
      ]);
  }
}

function actionOn(task: OpenTask, random: Random): StaffAction[] {
  switch (task.kind) {
    case 'contact-family':
    case 'call-with-interpreter': {
      const [outcome, note] = random.weighted<
        readonly ['reached' | 'left-message' | 'no-answer' | 'wrong-number', string]
      >([
        [['reached', 'Spoke with the family by phone.'], 40],
        [['reached', 'Met at pick-up.'], 12],
        [['left-message', 'Left a voice message and asked for a call.'], 25],
        [['no-answer', 'Rang twice, nobody answered.'], 20],
        [['wrong-number', 'The number belongs to somebody else.'], 3],
      ]);
      return [{ kind: 'log-contact', task: task.ref, outcome, note }];
    }
    case 'print-letters':
      return [{ kind: 'confirm-posted', task: task.ref }];
    case 'pull-letter':
      return [closed(task, random, ['pulled'])];
    case 'consider-meeting':
      return [
        closed(task, random, [
          'A meeting will be held.',
          'No meeting is needed: the illness is over.',
          'No meeting is needed: the family is in touch with the counselor.',
        ]),
      ];
    case 'schedule-meeting':
      return [
        closed(task, random, [
          'Meeting on Tuesday at 3:30 pm in the school office.',
          'Meeting on Thursday at 7:45 am in the counselor’s room.',
        ]),
        ...agreement(task, random),
      ];
    case 'contract-violated':
      return [closed(task, random, ['Called the family.', 'The counselor speaks with the student.'])];
    case 'contract-kept':
      return [closed(task, random, ['Told the family, with thanks.'])];
    case 'contract-violation-excused':
      return [closed(task, random, ['Told the family that it was none.'])];
    case 'confirm-adult-student':
      return [closed(task, random, ['The student agrees that the family is written to.'])];
    case 'no-recipient':
      return [closed(task, random, ['Asked the family for an address.'])];
    case 'unmapped-code':
    case 'data-problem':
    case 'same-student':
      return [closed(task, random, ['Passed on to the SIS administrator.'])];
    // Gaps close by themselves once what is missing is done; an unclear letter needs a person who looks at the proof.
    default:
      return [];
  }
}

function agreement(task: OpenTask, random: Random): StaffAction[] {
  if (task.student === null || !random.chance(0.6)) return [];
  const allowedDays = random.pick(['0.5', '1', '2']);
  const lasts = random.pick([20, 27, 55]);
  return [{ kind: 'agree-contract', task: task.ref, student: task.student, allowedDays, lasts }];
}

function closed(task: OpenTask, random: Random, outcomes: readonly string[]): StaffAction {
  return { kind: 'close-task', task: task.ref, outcome: random.pick(outcomes) };
}
