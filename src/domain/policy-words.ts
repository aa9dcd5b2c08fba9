import { countingWords } from './counting-words.ts';
import { formatDays } from './days.ts';
import { counted, inOneLine, roleWords, schoolDays } from './plain-words.ts';
import type { AdultStudents, HoldScope, Policy, Step, StepTask, Work } from './policy.ts';
import type { SchoolDate } from './school-date.ts';

/** A procedure as a principal or a board reads it. */
export interface PolicyText {
  /** Which procedure this is: version, since when, and the hash of its content. */
  readonly head: readonly (readonly [name: string, value: string])[];
  readonly overview: readonly { readonly at: string; readonly step: string; readonly what: string }[];
  readonly chapters: readonly Chapter[];
}

export interface Chapter {
  readonly title: string;
  readonly points: readonly string[];
}

/** How names and dates are written where the procedure is read. */
export interface PolicyNames {
  school(sourcedId: string): string;
  date(date: SchoolDate): string;
}

export function describePolicy(policy: Policy, names: PolicyNames): PolicyText {
  return {
    head: [
      ['Version', policy.version],
      [
        'In force',
        policy.effectiveFrom === null
          ? 'from the day on which it is first used'
          : `for what is reached from ${names.date(policy.effectiveFrom)} on`,
      ],
      ['Content (SHA-256)', policy.contentHash],
    ],
    overview: policy.steps.map((step) => ({
      at: amountWords(step),
      step: step.title,
      what: whatHappens(step),
    })),
    chapters: [
      ...policy.steps.map((step, index) => ({
        title: `Step ${index + 1}: ${step.title}`,
        points: stepPoints(step, names),
      })),
      { title: 'How days are counted', points: countingWords(policy, names) },
      { title: 'Several letters, corrections, and students of 18', points: rulePoints(policy) },
      { title: 'Holds', points: holdPoints(policy) },
    ],
  };
}

/** `7 days`, `3 unexcused days in a row within a term`. */
function amountWords(step: Step): string {
  const number = formatDays(step.at);
  const kind = step.basis === 'unexcused' ? 'unexcused ' : '';
  const window = step.window.kind === 'school-year' ? '' : ` ${windowWords(step)}`;
  switch (step.unit) {
    case 'days':
      return `${counted(number, `${kind}day`)}${window}`;
    case 'consecutive':
      return `${counted(number, `${kind}day`)} in a row${window}`;
    case 'percent':
      return `${number} % of the school days${step.basis === 'unexcused' ? ', unexcused' : ''}${window}`;
  }
}

function windowWords({ window }: Step): string {
  switch (window.kind) {
    case 'school-year':
      return 'in the school year';
    case 'term':
      return 'in a term';
    case 'last':
      return `in the last ${window.schoolDays} school days`;
  }
}

function whatHappens(step: Step): string {
  const things = [
    ...(step.letter === null ? [] : ['letter to the guardians']),
    ...(step.referral ? ['attendance file to the truancy officer'] : []),
    ...(step.opensFile ? ['attendance file opened'] : []),
    ...(step.meeting === null ? [] : ['meeting']),
    ...(step.contract === null ? [] : ['attendance contract']),
    ...step.tasks.map((task) => `${roleWords(task.role)}: ${taskInShort(task)}`),
  ];
  return things.join('; ');
}

function stepPoints(step: Step, names: PolicyNames): string[] {
  return [
    owedWords(step),
    ...(step.orWhen.includes('contract-violated')
      ? ['It is owed as well when an attendance contract is violated, whatever the count.']
      : []),
    ...forWhom(step, names),
    settlingWords(step),
    ...(step.opensFile ? ['The attendance file is opened.'] : []),
    ...letterPoints(step),
    ...(step.referral
      ? [
          'The attendance file goes to the truancy officer.',
          `A letter must have been out for ${schoolDays(step.noticeDays)} before.`,
        ]
      : []),
    ...step.tasks.map((task) => taskWords(task)),
    ...workWords(step.meeting, 'schedules a meeting with the family'),
    ...workWords(step.contract, 'sees to an attendance contract with the family'),
    ...(step.asksForMedicalNotes
      ? ['From then on the family is asked for medical notes until the school year ends.']
      : []),
    ...approvalWords(step),
    ...deadlineWords(step),
  ];
}

function owedWords(step: Step): string {
  const number = formatDays(step.at);
  const absences = step.basis === 'unexcused' ? 'unexcused absence' : 'absence';
  const window = windowWords(step);
  switch (step.unit) {
    case 'days':
      return `It is owed when a student reaches ${counted(number, 'day')} of ${absences} ${window}.`;
    case 'consecutive':
      return `It is owed when a student misses ${counted(number, 'whole school day')} in a row ${window}${step.basis === 'unexcused' ? ', all unexcused' : ''}.`;
    case 'percent':
      return `It is owed when a student’s days of ${absences} reach ${number} % of the school days on which he or she was enrolled ${window}, once these are ${step.fromEnrolledDays} or more.`;
  }
}

function forWhom({ grades, schools, ages }: Step, names: PolicyNames): string[] {
  const parts = [
    ...(grades.length === 0 ? [] : [`in ${grades.length === 1 ? 'grade' : 'grades'} ${inOneLine(grades)}`]),
    ...(schools.length === 0 ? [] : [`of ${inOneLine(schools.map((id) => names.school(id)))}`]),
    ...(ages === null ? [] : [agesWords(ages)]),
  ];
  return parts.length === 0 ? [] : [`It is for students ${parts.join(', ')} only.`];
}

function agesWords({ from, to }: NonNullable<Step['ages']>): string {
  if (from === null) return `aged ${to} or younger`;
  return to === null ? `aged ${from} or older` : `aged ${from} to ${to}`;
}

function settlingWords({ settleDays }: Step): string {
  return settleDays === 0
    ? 'An absence counts for it on the same day.'
    : `An absence counts for it once ${schoolDays(settleDays)} ${settleDays === 1 ? 'has' : 'have'} passed, so that a note can come in.`;
}

function letterPoints({ letter, requalify, window }: Step): string[] {
  if (letter === null) return requalify ? [again(window)] : [];
  const once = 'Each guardian gets it once in a school year, however often the count rises and falls.';
  return [`The letter “${letter}” goes to the guardians.`, requalify ? again(window) : once];
}

function again(window: Step['window']): string {
  const example = window.kind === 'term' ? ', as in a new term' : '';
  return `It is owed once more when the count has been lower in between${example}.`;
}

const TASKS: Readonly<Record<string, { readonly short: string; readonly does: string }>> = {
  'contact-family': { short: 'contact the family', does: 'contacts the family' },
  'consider-meeting': { short: 'consider a meeting', does: 'considers a meeting and whom to invite' },
  'schedule-meeting': {
    short: 'schedule a meeting',
    does: 'schedules a meeting to agree an attendance contract',
  },
};

function taskInShort({ kind }: StepTask): string {
  return TASKS[kind]?.short ?? kind.replaceAll('-', ' ');
}

function taskWords(task: StepTask): string {
  const does = TASKS[task.kind]?.does ?? `has the task “${task.kind}”`;
  return `The ${roleWords(task.role)} ${does}, ${dueWords(task)}.`;
}

function workWords(work: Work | null, does: string): string[] {
  return work === null ? [] : [`The ${roleWords(work.role)} ${does}, ${dueWords(work)}.`];
}

function dueWords({ dueInSchoolDays }: Work): string {
  return dueInSchoolDays === 0 ? 'on the same day' : `within ${schoolDays(dueInSchoolDays)}`;
}

function approvalWords({ approval, referral }: Step): string[] {
  if (approval === null) return [];
  const what = referral ? 'the file is sent' : 'the letter is written';
  return [
    `Before ${what}, the ${roleWords(approval.role)} has to approve, ${approval.days === 0 ? 'on the same day' : `within ${schoolDays(approval.days)}`}. What is refused does not leave.`,
  ];
}

function deadlineWords({ legalDeadlineDays, settleDays, approval }: Step): string[] {
  if (legalDeadlineDays === null) return [];
  const taken = settleDays + (approval?.days ?? 0);
  const rest = approval === null ? 'for notes to come in' : 'for notes to come in and for the approval';
  return [
    `The law wants it out within ${schoolDays(legalDeadlineDays)} after the count is reached; ${taken} of them are ${rest}.`,
  ];
}

function rulePoints(policy: Policy): string[] {
  return [
    policy.whenSeveral === 'highest-letter'
      ? 'A student who reaches several letters at once gets only the highest one. Those below it are recorded as skipped.'
      : 'A student who reaches several letters at once gets each of them.',
    'When a correction brings the count below a step before its letter has left, the letter is withdrawn.',
    'When the correction comes later, the letter stays in the attendance file, marked as superseded, and no referral rests on it.',
    ADULTS[policy.adultStudents],
  ];
}

const ADULTS: Readonly<Record<AdultStudents, string>> = {
  hold: 'At 18 the rights pass to the student: letters and referral wait, and the administrator is asked.',
  ignore: 'Letters go on after a student has turned 18.',
  student: 'At 18 the rights pass to the student: letters go to the student instead of the guardians.',
  both: 'At 18 the rights pass to the student: letters go to the student as well as to the guardians.',
};

const SCOPES: Readonly<Record<HoldScope, string>> = {
  letters: 'letters and nothing else',
  referral: 'the referral and nothing else',
  everything: 'letters, referral and tasks',
  absolute: 'everything, until a person ends it',
};

function holdPoints({ holds }: Policy): string[] {
  return [
    'A hold keeps a student from letters or more. It has an owner and a reason, and what is owed waits until it ends.',
    ...holds.kinds.map(
      ({ kind, scope, longestDays }) =>
        `${kind}: stops ${SCOPES[scope]}${longestDays === null ? '' : `; at most ${longestDays} calendar days`}.`,
    ),
    ...holds.fromSis.map(
      ({ field, is, kind, owner }) =>
        `A student whose field “${field}” in the SIS is ${inOneLine(
          is.map((value) => `“${value}”`),
          'or',
        )} has the hold ${kind}; it belongs to ${owner.includes('@') ? owner : `the ${roleWords(owner)}`}.`,
    ),
    holds.remindSchoolDays === 0
      ? 'The owner is reminded on the day on which a hold ends.'
      : `The owner is reminded ${schoolDays(holds.remindSchoolDays)} before a hold ends.`,
  ];
}
