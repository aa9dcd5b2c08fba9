import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Edit, lineWith, refusalOf, shippedWith } from './shipped.ts';

const P = 'policy.yaml';
const D = 'district.yaml';

/** In the policy as it is shipped: text that is there, and what stands in its place. */
type Change = readonly [from: string, to: string];

interface WrongPolicy {
  readonly name: string;
  readonly change: Change | readonly Change[];
  readonly district?: Change;
  /** Text on the line that is named; the first line of what was put in where it is not given. */
  readonly on?: string;
  readonly key: string;
  readonly message: string;
  /** Of what else is wrong then. */
  readonly also?: readonly string[];
}

/** Behind a line of the shipped policy. */
const after = (line: string, ...added: string[]): Change => [`${line}\n`, `${[line, ...added].join('\n')}\n`];

const FIRST = '    letter: first-letter';
const firstLetter = (...lines: string[]) => after(FIRST, ...lines.map((line) => `    ${line}`));
const referral = (...lines: string[]) => after('    referral: true', ...lines.map((line) => `    ${line}`));
const contact = (...lines: string[]) => after('    opensFile: true', ...lines.map((line) => `    ${line}`));
const counting = (...lines: string[]) =>
  after('  suspensionCounts: false', ...lines.map((line) => `  ${line}`));
/** Instead of the kinds that are shipped. */
const holds = (...lines: string[]): Change => [
  /^holds:\n(?: .*\n)+/m.exec(readFileSync('config/policy.yaml', 'utf8'))?.[0] ?? '',
  `holds:\n${lines.map((line) => `  ${line}\n`).join('')}`,
];
/** A step behind the last one. */
const oneMore = (...lines: string[]): Change => [
  '    noticeDays: 5\n',
  `    noticeDays: 5\n  - id: one-more\n    title: One more\n    settleDays: 5\n${lines.map((line) => `    ${line}\n`).join('')}`,
];
const WORK = 'tasks: [{ kind: call-home, role: counselor }]';

const ORDER: readonly WrongPolicy[] = [
  {
    name: 'steps out of order',
    change: ['at: 10\n', 'at: 6\n'],
    key: 'steps[2].at',
    message: 'found 6, expected 7 (of first-letter) or more: steps stand in rising order',
  },
  {
    name: 'a step out of order among those that measure the same, whatever stands between them',
    change: oneMore('at: 3', WORK),
    on: 'at: 3',
    key: 'steps[4].at',
    message: 'found 3, expected 11 (of referral) or more: steps stand in rising order',
  },
  {
    name: 'two letters at the same number of days',
    change: ['at: 10\n', 'at: 7 # too\n'],
    key: 'steps[2].at',
    message: 'found 7, expected more than 7 (of first-letter): letters do not share a number of days',
  },
  {
    name: 'two letters at the same percentage',
    change: [
      ['at: 7\n', 'at: 10\n    unit: percent\n'],
      [
        'at: 10\n    settleDays: 3\n    letter: medical',
        'at: 10 # too\n    unit: percent\n    settleDays: 3\n    letter: medical',
      ],
    ],
    on: 'at: 10 # too',
    key: 'steps[2].at',
    message: 'found 10, expected more than 10 (of first-letter): letters do not share a number of percent',
  },
  {
    name: 'a letter within a term that a letter of the whole year hides',
    change: [
      [FIRST, `${FIRST}\n    window: term`],
      ['at: 10\n', 'at: 6.5\n'],
    ],
    on: 'at: 6.5',
    key: 'steps[2].at',
    message:
      'found 6.5, expected more: whoever reaches first-letter has reached this letter too, so with `whenSeveral: highest-letter` first-letter would never be sent',
    also: [
      'found term, expected terms in the calendar of district.yaml: without them there is no term to count in',
    ],
  },
  {
    name: 'a letter after a row of days that as many single days hide',
    change: [
      [FIRST, `${FIRST}\n    unit: consecutive`],
      ['at: 10\n', 'at: 7 # too\n'],
    ],
    on: 'at: 7 # too',
    key: 'steps[2].at',
    message:
      'found 7, expected more: whoever reaches first-letter has reached this letter too, so with `whenSeveral: highest-letter` first-letter would never be sent',
  },
  {
    name: 'one step twice',
    change: [
      '    noticeDays: 5\n',
      `    noticeDays: 5\n  - id: referral # too\n    title: One more\n    at: 12\n    settleDays: 1\n    ${WORK}\n`,
    ],
    on: 'id: referral # too',
    key: 'steps[4].id',
    message: 'found "referral" twice, expected each step once',
  },
  {
    name: 'two referrals of the same students',
    change: oneMore('at: 12', 'referral: true # too'),
    on: 'referral: true # too',
    key: 'steps[4].referral',
    message:
      'found true, as in referral before, expected one referral for each student: a file goes to the officer once',
  },
  {
    name: 'a referral before any letter',
    change: [
      ['    letter: first-letter\n', '    referral: true # too early\n'],
      [
        '    referral: true\n    # A letter must have been out for so many school days before.\n    noticeDays: 5\n',
        `    ${WORK}\n`,
      ],
    ],
    key: 'steps[1].referral',
    message: 'found no letter in the steps before, expected one: a referral rests on a letter that is out',
  },
  {
    name: 'a referral of students who get no letter',
    change: [
      firstLetter('grades: [KG]'),
      ['    letter: medical-letter', '    letter: medical-letter\n    grades: [KG]'],
      referral('grades: ["09", "10"]'),
    ],
    on: '    referral: true',
    key: 'steps[3].referral',
    message:
      'found no letter for the same students in the steps before, expected one: a referral rests on a letter that is out',
  },
  {
    name: 'a step that does nothing',
    change: oneMore('at: 12'),
    on: 'id: one-more',
    key: 'steps[4]',
    message: 'does nothing, expected `tasks`, `meeting`, `contract`, a `letter` or `referral: true`',
  },
  {
    name: 'a step that asks for what was asked before',
    change: [
      [
        '  - id: first-letter',
        '  - id: once-more\n    title: Once more\n    at: 4\n    settleDays: 1\n    tasks: [{ kind: contact-family, role: attendance-clerk }]\n  - id: first-letter',
      ],
    ],
    on: 'tasks: [{ kind: contact-family',
    key: 'steps[1].tasks',
    message: 'found nothing that contact does not ask for at the same count, expected work of its own',
  },
];

const AMOUNTS: readonly WrongPolicy[] = [
  {
    name: 'no days',
    change: ['at: 4\n', 'at: 0\n'],
    key: 'steps[0].at',
    message: 'found 0, expected a number of days such as 4 or 3.5, at most 200',
  },
  {
    name: 'more than all percent',
    change: oneMore('at: 120', 'unit: percent', WORK),
    on: 'at: 120',
    key: 'steps[4].at',
    message: 'found 120, expected at most 100: it is percent of the school days enrolled',
  },
  {
    name: 'more days than the year has',
    change: ['at: 11\n', 'at: 190\n'],
    key: 'steps[3].at',
    message: 'found 190, expected at most 186: the year has no more school days, so nobody would reach it',
  },
  {
    name: 'half a day in a row of days',
    change: oneMore('at: 3.5', 'unit: consecutive', WORK),
    on: 'at: 3.5',
    key: 'steps[4].at',
    message: 'found 3.5, expected a whole number: half a day ends a row of days missed',
  },
  {
    name: 'misspelt unit',
    change: firstLetter('unit: percents'),
    on: 'unit: percents',
    key: 'steps[1].unit',
    message: 'found "percents", expected one of days, percent, consecutive; did you mean "percent"?',
  },
  {
    name: 'enrolled days without a percentage',
    change: firstLetter('fromEnrolledDays: 30'),
    on: 'fromEnrolledDays: 30',
    key: 'steps[1].fromEnrolledDays',
    message: 'found 30, expected it only beside `unit: percent`',
  },
  {
    name: 'more enrolled days than the year has',
    change: oneMore('at: 12', 'unit: percent', 'fromEnrolledDays: 190', WORK),
    on: 'fromEnrolledDays: 190',
    key: 'steps[4].fromEnrolledDays',
    message: 'found 190, expected at most 186: the year has no more school days',
  },
  {
    name: 'more days than the window has',
    change: oneMore('at: 12', 'window: { lastSchoolDays: 10 }', WORK),
    on: 'lastSchoolDays: 10',
    key: 'steps[4].window.lastSchoolDays',
    message: 'found 10, expected at least 12 (`at`): in fewer days nobody can miss so many',
  },
  {
    name: 'a percentage of too few days',
    change: oneMore('at: 12', 'unit: percent', 'window: { lastSchoolDays: 15 }', WORK),
    on: 'lastSchoolDays: 15',
    key: 'steps[4].window.lastSchoolDays',
    message: 'found 15, expected at least 20 (fromEnrolledDays): before them a percentage says nothing',
  },
  {
    name: 'a window shorter than the settling',
    change: [
      '    noticeDays: 5\n',
      `    noticeDays: 5\n  - id: one-more\n    title: One more\n    at: 3\n    window: { lastSchoolDays: 5 }\n    settleDays: 5 # too long\n    ${WORK}\n`,
    ],
    on: 'too long',
    key: 'steps[4].settleDays',
    message: 'found 5, expected less than lastSchoolDays (5): the step would speak of days long past',
  },
  {
    name: 'a window longer than the year',
    change: oneMore('at: 12', 'window: { lastSchoolDays: 200 }', WORK),
    on: 'lastSchoolDays: 200',
    key: 'steps[4].window.lastSchoolDays',
    message: 'found 200, expected less than the 186 school days of the year; `school-year` means all of them',
  },
  {
    name: 'misspelt window',
    change: firstLetter('window: semester'),
    on: 'window: semester',
    key: 'steps[1].window',
    message: 'found "semester", expected `school-year`, `term` or `{ lastSchoolDays: 30 }`',
  },
  {
    name: 'today in a letter',
    change: ['settleDays: 3\n    letter: first-letter', 'settleDays: 0\n    letter: first-letter'],
    on: 'settleDays: 0',
    key: 'steps[1].settleDays',
    message: 'found 0, expected at least 1: today never counts for a letter or a referral',
  },
];

const PEOPLE: readonly WrongPolicy[] = [
  {
    name: 'a grade twice',
    change: firstLetter('grades: ["08", "09", "08"]'),
    on: 'grades: ["08"',
    key: 'steps[1].grades[2]',
    message: 'found "08" twice, expected each grade once',
  },
  {
    name: 'a school twice',
    change: firstLetter('schools: [org-101, org-101]'),
    on: 'schools: [org-101',
    key: 'steps[1].schools[1]',
    message: 'found "org-101" twice, expected each school once',
  },
  {
    name: 'a school that is none',
    change: firstLetter('schools: [org-110]'),
    on: 'schools: [org-110',
    key: 'steps[1].schools[0]',
    message: 'found "org-110", expected the id of a school in district.yaml; did you mean "org-101"?',
  },
  {
    name: 'ages upside down',
    change: firstLetter('ages: { from: 17, to: 6 }'),
    on: 'ages:',
    key: 'steps[1].ages.from',
    message: 'found 17, expected at most `to` (6)',
  },
  {
    name: 'ages of nobody in particular',
    change: firstLetter('ages: {}'),
    on: 'ages:',
    key: 'steps[1].ages',
    message: 'found neither `from` nor `to`, expected at least one of them',
  },
  {
    name: 'a letter for those whose letters wait',
    change: firstLetter('ages: { from: 18 }'),
    on: 'ages:',
    key: 'steps[1].ages.from',
    message:
      'found 18, expected less than 18, or `adultStudents: ignore`: from 18 on everything formal waits, so nobody would reach it',
  },
];

const FORMAL: readonly WrongPolicy[] = [
  {
    name: 'a letter without a template',
    change: ['letter: medical-letter', 'letter: medcal-letter'],
    key: 'steps[2].letter',
    message:
      'found "medcal-letter", expected a letter with a template medcal-letter.en.md (there is LETTERS); did you mean "medical-letter"?',
  },
  {
    name: 'a letter whose words say something else',
    change: firstLetter('basis: unexcused'),
    on: FIRST,
    key: 'steps[1].letter',
    message:
      'found "first-letter", whose template says “Excused and unexcused absences are counted together.”, expected one that fits `basis: unexcused`',
  },
  {
    name: 'settling past a legal deadline',
    change: firstLetter('legalDeadlineDays: 2'),
    on: 'legalDeadlineDays: 2',
    key: 'steps[1].legalDeadlineDays',
    message:
      'found 2, expected at least 3: an absence takes 3 to settle (settleDays), so the deadline could never be met',
  },
  {
    name: 'settling and approval past a legal deadline',
    change: firstLetter('legalDeadlineDays: 5', 'approval: administrator', 'approvalDays: 4'),
    on: 'legalDeadlineDays: 5',
    key: 'steps[1].legalDeadlineDays',
    message:
      'found 5, expected at least 7: an absence takes 3 to settle (settleDays), and the approval 4 (approvalDays), so the deadline could never be met',
  },
  {
    name: 'the usual days of an approval past a legal deadline',
    change: referral('legalDeadlineDays: 6', 'approval: administrator'),
    on: 'legalDeadlineDays: 6',
    key: 'steps[3].legalDeadlineDays',
    message:
      'found 6, expected at least 7: an absence takes 5 to settle (settleDays), and the approval 2 (approvalDays), so the deadline could never be met',
  },
  {
    name: 'a legal deadline of a call',
    change: contact('legalDeadlineDays: 5'),
    on: 'legalDeadlineDays: 5',
    key: 'steps[0].legalDeadlineDays',
    message: 'found 5, expected it only beside a `letter` or `referral: true`',
  },
  {
    name: 'an approval of a call',
    change: contact('approval: administrator'),
    on: 'approval: administrator',
    key: 'steps[0].approval',
    message: 'found "administrator", expected it only beside a `letter` or `referral: true`',
  },
  {
    name: 'days for an approval that nobody asks for',
    change: firstLetter('approvalDays: 3'),
    on: 'approvalDays: 3',
    key: 'steps[1].approvalDays',
    message: 'found 3, expected it only beside `approval`',
  },
  {
    name: 'an approval by nobody',
    change: firstLetter('approval: counselor'),
    on: 'approval: counselor',
    key: 'steps[1].approval',
    message:
      'found "counselor", expected a role that somebody in `staff` has at org-101, org-102 or for all schools: nobody could approve',
  },
  {
    name: 'an approval by somebody of another school',
    change: firstLetter('approval: counselor'),
    district: [
      '  - { name: Dana Ruiz,',
      '  - { name: Kim Cole, email: kcole@riverbend.example.org, role: counselor, schools: [org-101] }\n  - { name: Dana Ruiz,',
    ],
    on: 'approval: counselor',
    key: 'steps[1].approval',
    message:
      'found "counselor", expected a role that somebody in `staff` has at org-102 or for all schools: nobody could approve',
  },
  {
    name: 'notice beside no referral',
    change: firstLetter('noticeDays: 4'),
    on: 'noticeDays: 4',
    key: 'steps[1].noticeDays',
    message: 'found 4, expected it only beside `referral: true`',
  },
  {
    name: 'a referral that is owed once more',
    change: referral('requalify: true'),
    on: 'requalify: true',
    key: 'steps[3].requalify',
    message:
      'found true, expected `false`: a file that went to the officer stays there, and corrections follow it',
  },
  {
    name: 'letter and referral in one step',
    change: ['    referral: true\n', '    letter: first-letter\n    referral: true\n'],
    on: '    referral: true',
    key: 'steps[3].referral',
    message: 'found beside `letter`, expected one of the two in a step',
  },
  {
    name: 'a violated contract as a reason for a letter',
    change: [
      firstLetter('orWhen: [contract-violated]'),
      [
        '    tasks:\n      - kind: schedule-meeting\n        role: administrator\n        dueInSchoolDays: 5',
        '    meeting: { role: administrator }',
      ],
    ],
    on: 'orWhen:',
    key: 'steps[1].orWhen',
    message:
      'found beside `letter`, expected it in a step with `referral: true` or with work for staff: the letter would name a count that was not reached',
  },
  {
    name: 'a violated contract where none is made',
    change: [
      [
        '    tasks:\n      - kind: schedule-meeting\n        role: administrator\n        dueInSchoolDays: 5\n',
        '',
      ],
    ],
    on: 'orWhen:',
    key: 'steps[3].orWhen',
    message:
      'found contract-violated, expected a step with `contract`, `meeting` or the task schedule-meeting: nothing in these steps leads to an attendance contract',
  },
  {
    name: 'the same meeting twice',
    change: [
      [
        '      - kind: schedule-meeting\n        role: administrator\n        dueInSchoolDays: 5\n',
        '      - kind: schedule-meeting\n        role: administrator\n        dueInSchoolDays: 5\n    meeting: { role: administrator }\n',
      ],
    ],
    on: 'meeting: {',
    key: 'steps[2].meeting',
    message: 'found beside a task schedule-meeting, expected one of the two: both ask for the same',
  },
  {
    name: 'a misspelt task',
    change: ['kind: contact-family', 'kind: contact-famly'],
    on: 'contact-famly',
    key: 'steps[0].tasks[0].kind',
    message:
      'found "contact-famly", expected contact-family, consider-meeting, schedule-meeting, or a word of your own that is less like them; did you mean "contact-family"?',
  },
];

const COUNTING: readonly WrongPolicy[] = [
  {
    name: 'half a day that is a whole one',
    change: ['halfDayMinutes: 120', 'halfDayMinutes: 240'],
    on: 'halfDayMinutes: 240',
    key: 'counting.halfDayMinutes',
    message: 'found 240, expected less than wholeDayMinutes (240)',
  },
  {
    name: 'an excuse twice',
    change: ['[excused, unexcused, unknown]', '[excused, unexcused, excused]'],
    on: 'unexcused, excused]',
    key: 'counting.excuses[2]',
    message: 'found "excused" twice, expected each excuse once',
  },
  {
    name: 'school activities counted',
    change: ['[excused, unexcused, unknown]', '[excused, unexcused, exempt]'],
    on: 'exempt]',
    key: 'counting.excuses[2]',
    message: 'found "exempt", expected one of excused, unexcused, unknown',
  },
  {
    name: 'periods whose number nobody knows',
    change: counting('measure: periods'),
    district: ['  - id: org-101\n', '  - id: org-101\n    periodsPerDay: 7\n'],
    on: 'measure: periods',
    key: 'counting.measure',
    message: 'found periods, expected periodsPerDay in district.yaml for org-102',
  },
  {
    name: 'a meaning of days that never count',
    change: [['[excused, unexcused, unknown]', '[excused, unexcused]'], counting('unknownExcuse: unexcused')],
    on: 'unknownExcuse',
    key: 'counting.unknownExcuse',
    message:
      'found unexcused, expected `neither`: days that are not coded yet are not among `excuses`, so they never count',
  },
  {
    name: 'every tardy a day',
    change: counting('tardies: { perDay: 1 }'),
    on: 'perDay: 1',
    key: 'counting.tardies.perDay',
    message: 'found 1, expected at least 2',
  },
  {
    name: 'a code twice',
    change: ['    - title: SUS\n', '    - title: cnf\n    - title: SUS\n'],
    on: '- title: CNF',
    key: 'counting.codes[2].title',
    message: 'found "cnf" twice, expected each code once',
  },
  {
    name: 'an absence without an excuse',
    change: ['    - title: SUS\n', '    - { title: WTR, status: absent }\n    - title: SUS\n'],
    on: 'WTR',
    key: 'counting.codes[0].status',
    message: 'found absent without `excuse`, expected both: nobody guesses an excuse',
  },
  {
    name: 'an excuse of presence',
    change: [
      '    - title: SUS\n',
      '    - { title: WTR, status: present, excuse: excused }\n    - title: SUS\n',
    ],
    on: 'WTR',
    key: 'counting.codes[0].excuse',
    message: 'found excused beside `status: present`, expected none: it is no absence',
  },
  {
    name: 'a suspension that is tardy',
    change: ['      suspension: true\n', '      suspension: true\n      status: tardy\n'],
    on: 'suspension: true',
    key: 'counting.codes[0].suspension',
    message: 'found true beside `status: tardy`, expected `status: absent`',
  },
  {
    name: 'an exception for everybody',
    change: counting('exceptions:', '  - { wholeDayMinutes: 300 }'),
    on: 'wholeDayMinutes: 300',
    key: 'counting.exceptions[0]',
    message: 'is for everybody, expected `schools` or `grades`: what is for everybody stands above',
  },
  {
    name: 'an exception from nothing',
    change: counting('exceptions:', '  - { grades: [KG] }'),
    on: 'grades: [KG]',
    key: 'counting.exceptions[0]',
    message: 'changes nothing, expected `measure`, `wholeDayMinutes`, `halfDayMinutes` or `periodsPerDay`',
  },
  {
    name: 'an exception whose half day is a whole one',
    change: counting('exceptions:', '  - { grades: [KG], wholeDayMinutes: 100 }'),
    on: 'grades: [KG]',
    key: 'counting.exceptions[0].wholeDayMinutes',
    message: 'found 100, expected halfDayMinutes (120) below wholeDayMinutes (100)',
  },
  {
    name: 'an exception behind a wider one',
    change: counting(
      'exceptions:',
      '  - { schools: [org-101], wholeDayMinutes: 300 }',
      '  - { schools: [org-101], grades: [KG], wholeDayMinutes: 200 }',
    ),
    on: 'wholeDayMinutes: 200',
    key: 'counting.exceptions[1]',
    message: 'is never used, expected other schools or grades: exceptions[0] fits all of them first',
  },
  {
    name: 'an exception of a school that is none',
    change: counting('exceptions:', '  - { schools: [org-109], wholeDayMinutes: 300 }'),
    on: 'org-109',
    key: 'counting.exceptions[0].schools[0]',
    message: 'found "org-109", expected the id of a school in district.yaml; did you mean "org-101"?',
  },
  {
    name: 'periods of one school whose number nobody knows',
    change: counting('exceptions:', '  - { schools: [org-102], measure: periods }'),
    on: 'org-102',
    key: 'counting.exceptions[0].measure',
    message: 'found periods, expected periodsPerDay here or in district.yaml for org-102',
  },
];

const HOLDS_AND_ALL: readonly WrongPolicy[] = [
  {
    name: 'a kind of hold twice',
    change: holds(
      'kinds:',
      '  - { kind: bereavement, scope: letters }',
      '  - { kind: bereavement, scope: everything }',
    ),
    on: 'scope: everything',
    key: 'holds.kinds[1].kind',
    message: 'found "bereavement" twice, expected each kind once',
  },
  {
    name: 'a hold of an unknown scope',
    change: holds('kinds:', '  - { kind: bereavement, scope: letter }'),
    on: 'bereavement',
    key: 'holds.kinds[0].scope',
    message:
      'found "letter", expected one of letters, referral, everything, absolute; did you mean "letters"?',
  },
  {
    name: 'letters about a student who has died',
    change: holds('kinds:', '  - { kind: deceased, scope: everything }'),
    on: 'deceased',
    key: 'holds.kinds[0].scope',
    message: 'found everything, expected `absolute`: nothing may leave about a student who is deceased',
  },
  {
    name: 'an absolute hold that ends by itself',
    change: holds('kinds:', '  - { kind: missing, scope: absolute, longestDays: 30 }'),
    on: 'missing',
    key: 'holds.kinds[0].longestDays',
    message: 'found 30, expected none: only a person ends an absolute hold',
  },
  {
    name: 'a hold from the SIS of an unknown kind',
    change: holds(
      'kinds:',
      '  - { kind: homelessness, scope: everything }',
      'fromSis:',
      '  - { field: homeless, is: ["Y"], kind: homelesness, owner: counselor }',
    ),
    on: 'field: homeless',
    key: 'holds.fromSis[0].kind',
    message: 'found "homelesness", expected one of `kinds`; did you mean "homelessness"?',
  },
  {
    name: 'a hold from the SIS that is nobody’s',
    change: holds(
      'kinds:',
      '  - { kind: homelessness, scope: everything }',
      'fromSis:',
      '  - { field: homeless, is: ["Y"], kind: homelessness, owner: druis@riverbend.example.org }',
    ),
    on: 'field: homeless',
    key: 'holds.fromSis[0].owner',
    message:
      'found "druis@riverbend.example.org", expected a role, or the e-mail address of a person in `staff`; did you mean "druiz@riverbend.example.org"?',
  },
  {
    name: 'a value of the SIS twice',
    change: holds(
      'kinds:',
      '  - { kind: homelessness, scope: everything }',
      'fromSis:',
      '  - { field: homeless, is: ["Y", "y"], kind: homelessness, owner: counselor }',
    ),
    on: 'field: homeless',
    key: 'holds.fromSis[0].is[1]',
    message: 'found "y" of homeless twice for homelessness, expected it once',
  },
  {
    name: 'a version that never holds',
    change: after('version: "2026-27"', 'effectiveFrom: 2027-08-01'),
    on: 'effectiveFrom',
    key: 'effectiveFrom',
    message:
      'found 2027-08-01, expected a day up to the last school day (2027-06-04): this version would never hold',
  },
  {
    name: 'a version from a day that does not exist',
    change: after('version: "2026-27"', 'effectiveFrom: 2026-11-31'),
    on: 'effectiveFrom',
    key: 'effectiveFrom',
    message: 'found "2026-11-31", expected a date of the calendar as YYYY-MM-DD',
  },
  {
    name: 'a misspelt key',
    change: ['whenSeveral:', 'whenSevral:'],
    key: 'whenSevral',
    message:
      'unknown key "whenSevral"; did you mean "whenSeveral"? Expected one of: version, effectiveFrom, counting, holds, whenSeveral, adultStudents, referrals, steps.',
  },
  {
    name: 'no step at all',
    change: ['steps:\n', 'steps: []\nothers:\n'],
    on: 'steps: []',
    key: 'steps',
    message: 'found an empty list, expected at least 1 entry',
    also: [
      'unknown key "others". Expected one of: version, effectiveFrom, counting, holds, whenSeveral, adultStudents, referrals, steps.',
    ],
  },
];

const ALL = [...ORDER, ...AMOUNTS, ...PEOPLE, ...FORMAL, ...COUNTING, ...HOLDS_AND_ALL];

/** Every name in the folder of letters, as messages list them. */
const LETTERS = 'first-letter, first-term-letter, medical-letter, second-letter, third-letter';

describe('a wrong policy is refused with line, key, what was found, what is expected and why', () => {
  test('there are enough of them', () => expect(ALL.length).toBeGreaterThanOrEqual(45));

  test.each(ALL)('$name', ({ change, district, on, key, message, also = [] }) => {
    const changes = (typeof change[0] === 'string' ? [change] : change) as readonly Change[];
    const edits: Edit[] = changes.map(([from, to]) => [P, from, to]);
    const folder = shippedWith([...edits, ...(district === undefined ? [] : [[D, ...district] as Edit])]);
    const path = join(folder, P);
    const { problems } = refusalOf(folder);
    const all = problems.filter((problem) => !also.includes(problem.message));
    expect(all.map(({ column: _, ...problem }) => problem)).toEqual([
      {
        file: path,
        line: lineWith(path, (on ?? changes[0]?.[1].split('\n')[0]) as string),
        key,
        message: message.replace('LETTERS', LETTERS),
      },
    ]);
  });

  test('a rule that makes letters untrue and a step empty is told at each of them, in the order of the lines', () => {
    const folder = shippedWith([
      [P, '[excused, unexcused, unknown]', '[excused, unknown]'],
      [P, ...oneMore('at: 12', 'basis: unexcused', WORK)],
    ]);
    const says = '“Excused and unexcused absences are counted together.”';
    const fits = 'expected one that fits `counting.excuses` without unexcused';
    expect(refusalOf(folder).problems.map(({ key, message }) => `${key}: ${message}`)).toEqual([
      `steps[1].letter: found "first-letter", whose template says ${says}, ${fits}`,
      `steps[2].letter: found "medical-letter", whose template says ${says}, ${fits}`,
      'steps[4].basis: found unexcused, expected `unexcused` in `counting.excuses` too: no day would count for this step',
    ]);
  });
});
