import type { AttendanceStatus, Excuse } from './absence.ts';
import { inOneLine } from './plain-words.ts';
import type { CodeRule, CountingException, CountingRules, Measure, Policy } from './policy.ts';

const EXCUSES: Readonly<Record<Excuse, string>> = {
  excused: 'excused',
  unexcused: 'unexcused',
  exempt: 'a school activity',
  unknown: 'not coded yet',
};

/** How days are counted, one sentence or two per rule. */
export function countingWords(
  { counting, steps }: Policy,
  names: { school(sourcedId: string): string },
): string[] {
  return [
    `Absences that count: ${inOneLine(counting.excuses.map((excuse) => EXCUSES[excuse]))}.`,
    'A date counts once, however many rows and schools report it. All schools of the district are counted together.',
    measureWords(counting.measure, counting),
    ...periodWords(counting, names),
    ...counting.exceptions.map((exception) => exceptionWords(exception, names)),
    tardyWords(counting),
    counting.suspensionCounts
      ? 'Suspensions count like other absences.'
      : 'Suspensions do not count; they are shown beside the count.',
    ...(steps.some((step) => step.basis === 'unexcused') ? [unknownWords(counting)] : []),
    ...counting.codes.map(codeWords),
    'An attendance code that the code table does not know stops letters and referral of the students concerned: nobody guesses what it means.',
    'Today never counts for a letter or a referral.',
  ];
}

function measureWords(measure: Measure, { wholeDayMinutes, halfDayMinutes }: CountingRules): string {
  const limits = `${wholeDayMinutes} minutes or more missed are a whole day, ${halfDayMinutes} or more half a day`;
  switch (measure) {
    case 'best-known':
      return `How much of a day was missed is what the SIS says; where it gives minutes only, ${limits}; where it gives periods only, their share of the day.`;
    case 'day-value':
      return 'How much of a day was missed is what the SIS says; a day without it makes letters wait.';
    case 'minutes':
      return `How much of a day was missed is told by minutes: ${limits}.`;
    case 'periods':
      return 'How much of a day was missed is told by the share of its periods.';
  }
}

function periodWords(
  { periodsPerDay }: CountingRules,
  names: { school(sourcedId: string): string },
): string[] {
  const schools = Object.entries(periodsPerDay).map(([id, periods]) => `${periods} at ${names.school(id)}`);
  return schools.length === 0 ? [] : [`Periods of a day: ${inOneLine(schools)}.`];
}

const MEASURES: Readonly<Record<Measure, string>> = {
  'best-known': 'the best that the SIS gives is taken',
  'day-value': 'the SIS’s own value is taken',
  minutes: 'minutes are taken',
  periods: 'the share of periods is taken',
};

function exceptionWords(
  { schools, grades, measure, wholeDayMinutes, halfDayMinutes, periodsPerDay }: CountingException,
  names: { school(sourcedId: string): string },
): string {
  const where = [
    ...(schools.length === 0 ? [] : [`at ${inOneLine(schools.map((id) => names.school(id)))}`]),
    ...(grades.length === 0 ? [] : [`in ${grades.length === 1 ? 'grade' : 'grades'} ${inOneLine(grades)}`]),
  ].join(' ');
  const what = [
    ...(measure === null ? [] : [MEASURES[measure]]),
    ...(wholeDayMinutes === null ? [] : [`a whole day begins at ${wholeDayMinutes} minutes`]),
    ...(halfDayMinutes === null ? [] : [`half a day begins at ${halfDayMinutes} minutes`]),
    ...(periodsPerDay === null ? [] : [`a day has ${periodsPerDay} periods`]),
  ];
  return `Otherwise ${where}: ${inOneLine(what)}.`;
}

function tardyWords({ tardies }: CountingRules): string {
  if (tardies === null) return 'Tardies, early releases and school activities do not count.';
  const kinds = inOneLine(
    tardies.excuses.map((excuse) => EXCUSES[excuse]),
    'or',
  );
  return `${tardies.perDay} tardies that are ${kinds} make one day, shown separately. Early releases and school activities do not count.`;
}

function unknownWords({ unknownExcuse, excuses }: CountingRules): string {
  if (!excuses.includes('unknown') || unknownExcuse === 'excused')
    return 'Where unexcused days alone count, a day that is not coded yet does not.';
  return unknownExcuse === 'unexcused'
    ? 'Where unexcused days alone count, a day that is not coded yet counts as one.'
    : 'Where unexcused days alone count, a day that is not coded yet waits until it is.';
}

const STATUSES: Readonly<Record<AttendanceStatus, string>> = {
  absent: 'absent',
  tardy: 'tardy',
  earlyRelease: 'released early',
  present: 'present',
  other: 'something else',
};

function codeWords({ title, status, excuse, suspension, confidential }: CodeRule): string {
  const meaning = [
    ...(status === null ? [] : [STATUSES[status]]),
    ...(excuse === null ? [] : [EXCUSES[excuse]]),
    ...(suspension ? ['a suspension'] : []),
  ];
  const parts = [
    ...(meaning.length === 0 ? [] : [`means ${meaning.join(', ')}`]),
    ...(confidential ? ['is confidential: its dates are in no letter'] : []),
  ];
  return parts.length === 0
    ? `Code ${title} is read as the SIS has it.`
    : `Code ${title} ${parts.join(', and it ')}.`;
}
