import type { BatchReason } from './brakes.ts';
import type { Block, WithdrawnBecause } from './ladder-facts.ts';

/** Why a letter was cancelled, or waits, or nobody knows what became of it. The mail server's own codes are not here. */
export type LetterReason =
  | WithdrawnBecause
  | Block['kind']
  | BatchReason
  | 'absolute-hold'
  | 'answer-lost'
  | 'bounced'
  | 'given-back'
  | 'left-to-school'
  | 'merged'
  | 'missing-glyph'
  | 'new-round'
  | 'no-longer-owed'
  | 'process-gone'
  | 'program-error'
  | 'recipient-changed'
  | 'recalled'
  | 'reissued'
  | 'school-not-live'
  | 'sent-by-hand'
  | 'sent-by-school'
  | 'shadow-ended'
  | 'too-many-attempts'
  | 'unknown'
  | 'withdrawn';

/** A clause for people, whatever the code: one of ours, or one that the way to the mail server has given. */
export function letterReasonInWords(reason: string): string {
  if (isLetterReason(reason)) return WORDS[reason];
  const answered = /^[a-z]+-(\d{3})$/.exec(reason)?.[1];
  if (answered !== undefined) return `the mail server answered ${answered}`;
  const way = Object.keys(ON_THE_WAY).find((code) => reason === code || reason.startsWith(`${code}-`));
  return way === undefined ? reason.replaceAll('-', ' ') : (ON_THE_WAY[way] ?? way);
}

function isLetterReason(reason: string): reason is LetterReason {
  return Object.hasOwn(WORDS, reason);
}

const WORDS: Readonly<Record<LetterReason, string>> = {
  absolute: 'nothing may be sent about this student',
  'absolute-hold': 'nothing may be sent about this student',
  'age-18': 'the student is 18, and somebody has to say whom letters go to',
  'answer-lost': 'the answer of the mail server was lost',
  approval: 'it waits for an approval',
  bounced: 'it came back',
  canary: 'it waits for a yes: no letter in these words has ever left',
  'contradictory-guardianship': 'the SIS contradicts itself about who is a guardian',
  'contradictory-record': 'the SIS gives two different rows under one id',
  'count-fell': 'a correction brought the count below the step',
  'given-back': 'it was not begun',
  hold: 'a hold keeps letters back',
  left: 'the student has left',
  'left-to-school': 'the school sends its own letters',
  merged: 'the SIS has made this student and another one into one',
  'missing-glyph': 'a name or an address has a character that cannot be printed',
  'new-round': 'the step was reached once more, and other letters are written',
  'no-longer-owed': 'the step no longer asks for it',
  'no-longer-violated': 'the attendance contract is no longer violated',
  'no-recipient': 'nobody may get a letter about this student',
  'not-enrolled': 'the student is not enrolled today',
  'not-for-this-student': 'the step does not concern this student any more',
  notice: 'an earlier letter has not been out long enough',
  overtaken: 'a letter of a higher step takes its place',
  'policy-changed': 'the policy has changed',
  'process-gone': 'Rollcall was stopped while it was being handed to the mail server',
  'program-error': 'an error of the program',
  'recipient-changed': 'by the records of that day it may not go there any more',
  recalled: 'somebody has called it back',
  reissued: 'another letter was issued in its place',
  restored: 'the database was restored from a backup',
  'school-not-live': 'the school is not live',
  'school-year-ended': 'the school year has ended',
  'sent-by-hand': 'the school has sent it by hand',
  'sent-by-school': 'the school has sent its own',
  'shadow-ended': 'it was decided in shadow, and the school is live now',
  'stale-records': 'the absences were read too long ago',
  'step-removed': 'the policy no longer has this step',
  'time-passed': 'the dates it rested on are past what the step looks at',
  'too-many-attempts': 'it failed again and again',
  unknown: 'nobody knows why',
  'unknown-age': 'the step depends on the student’s age, and the date of birth is not known',
  unmeasured: 'an absence cannot be measured',
  'unmapped-code': 'an attendance code is not in the code table',
  volume: 'it waits for a yes: its run has more letters than usual',
  withdrawn: 'it was withdrawn',
};

/** The beginnings of codes, the longer ones first. */
const ON_THE_WAY: Readonly<Record<string, string>> = {
  'answered-too-soon': 'the mail server answered before it had the mail',
  'bad-envelope': 'the mail server did not take the addresses',
  'bad-recipient': 'the e-mail address is none that can be written to',
  'bad-return-path': 'the sender’s address is none that can be used',
  'connection-lost': 'the connection to the mail server broke off',
  'found-delivered': 'somebody has found out that it arrived',
  'found-not-delivered': 'somebody has found out that it did not arrive',
  'mark-failed': 'its hand-over could not be recorded, so it was not begun',
  'message-too-large': 'it is too large for the mail server',
  'name-lookup': 'the name of the mail server could not be looked up',
  'timed-out': 'the mail server did not answer in time',
  'unclear-answer': 'the answer of the mail server was not clear',
  auth: 'the mail server did not let us sign in',
  failed: 'something on the way to the mail server went wrong',
  closed: 'the connection to the mail server was closed',
  connection: 'the mail server could not be reached',
  outbox: 'the outbox folder could not be written to',
  protocol: 'the mail server does not speak SMTP as expected',
  tls: 'there was no secure connection to the mail server',
};
