import { letterReasonInWords } from '../domain/letter-reasons.ts';
import { withDatesSpelled } from '../domain/words.ts';
import { asksOnPages } from './task-asks-on-pages.ts';

/**
 * What each kind of task asks, in words for the person who does it.
 * @param where `pages`: the person answers on a page, not on the command line
 */
export function taskInWords(
  task: { kind: string; detail: string | null; gaps: readonly string[] },
  where: { readonly pages: boolean } = { pages: false },
): {
  title: string;
  ask: string;
} {
  const words = wordsOf(task.kind, where);
  const detail = task.detail === null ? '' : ` (${withDatesSpelled(detailInWords(task.kind, task.detail))})`;
  if (words === undefined) return { title: task.kind, ask: `Please look at this${detail}.` };
  if (task.kind === 'fix-referral-gaps') {
    const gaps = (task.gaps.length > 0 ? task.gaps : [task.detail ?? '']).map((gap) =>
      gapInWords(gap, where),
    );
    return { title: words.title, ask: `${words.ask} Missing: ${gaps.join('; ')}.` };
  }
  return { title: words.title, ask: words.withDetail ? `${words.ask}${detail}` : words.ask };
}

/** Why a letter waits, or was refused, is a code in the ledger. */
function detailInWords(kind: string, detail: string): string {
  if (kind === 'fix-address') return detail.replace(/^[a-z][a-z0-9_-]*$/, letterReasonInWords);
  return detail.replace(
    /^(L-[0-9A-Z]{4}-[0-9A-Z]{4}: )([a-z][a-z0-9_-]*)$/,
    (_, letter: string, reason: string) => `${letter}${letterReasonInWords(reason)}`,
  );
}

function wordsOf(kind: string, { pages }: { pages: boolean }): (typeof known)[string] | undefined {
  const words = known[kind];
  const onPage = pages ? asksOnPages[kind] : undefined;
  return words === undefined || onPage === undefined ? words : { ...words, ask: onPage };
}

/** Whether a letter or a referral waits until such a task is done. */
export function keepsStepWaiting(kind: string): boolean {
  return known[kind]?.keepsWaiting === true;
}

const known: Record<string, { title: string; ask: string; withDetail?: true; keepsWaiting?: true }> = {
  'contact-family': {
    title: 'Contact the family',
    ask: 'Reach a parent or guardian by phone, e-mail or in person, and record the outcome. The attendance file is open.',
  },
  'contact-not-possible': {
    title: 'Nobody of the family can be reached',
    ask: 'No contact was possible. Please decide how to go on: correct the contact data in the SIS, visit the family, or place a hold, and record what you decided',
    withDetail: true,
  },
  'consider-meeting': {
    title: 'Consider a meeting',
    ask: 'A letter to the family has gone out or is about to. Think about a meeting and whom to invite.',
  },
  'schedule-meeting': {
    title: 'Schedule a meeting',
    ask: 'A letter to the family has gone out or is about to. Schedule a meeting to agree an attendance contract.',
  },
  'schedule-meeting-again': {
    title: 'Schedule another meeting',
    ask: 'The meeting did not take place. Schedule another one, or record why none is needed',
    withDetail: true,
  },
  'meeting-outcome': {
    title: 'Say what came of a meeting',
    ask: 'Its day has passed. Record whether it was held, the family did not come or refused, or that it is moved',
    withDetail: true,
  },
  'hand-over-invitation': {
    title: 'Hand over an invitation',
    ask: 'The family cannot be invited by e-mail. Print the invitation, and hand it over or post it before the meeting',
    withDetail: true,
  },
  'invitation-undelivered': {
    title: 'An invitation did not arrive',
    ask: 'The e-mail about a meeting could not be delivered, or may not be sent there any more. Please tell the person in another way',
    withDetail: true,
  },
  'agree-contract': {
    title: 'Agree an attendance contract',
    ask: 'Agree with the family how many days may still be missed and until when, and record it with `rollcall contracts add`; also that the family refused.',
  },
  'contract-violated': {
    title: 'An attendance contract is violated',
    ask: 'More days were missed than it allows, and the time for a note is over. `rollcall contracts show` has the days. What the procedure asks for then goes on by itself',
    withDetail: true,
  },
  'contract-violation-excused': {
    title: 'An attendance contract is no longer violated',
    ask: 'Its days were corrected after you had heard of the violation. Please tell whoever was told of it',
    withDetail: true,
  },
  'contract-ends': {
    title: 'An attendance contract ends soon',
    ask: 'Decide with the family whether it goes on. `rollcall contracts renew` writes the next one with the same terms',
    withDetail: true,
  },
  'contract-kept': {
    title: 'An attendance contract was kept',
    ask: 'The student has kept it to its end. Please tell the family so: `rollcall contracts tell-kept` writes the letter',
    withDetail: true,
  },
  'letter-due': {
    title: 'A letter of yours is due',
    ask: 'Rollcall sends no letters for your school yet. Send your own, and record it as sent. The IT contact can show you what Rollcall would have sent',
    withDetail: true,
  },
  'referral-due': {
    title: 'A referral of yours is due',
    ask: 'Rollcall sends nothing for your school to the truancy officer yet. Refer the student yourself, and record it as sent',
    withDetail: true,
  },
  'print-letters': {
    title: 'Print and post letters',
    ask: 'Print the run, check it against its control sheet, post it, and record it as posted: `rollcall prints` has the file, and tells what must be pulled',
    withDetail: true,
  },
  approval: {
    title: 'Approve or refuse',
    ask: 'Nothing is sent before you say yes: `rollcall approvals approve` or `refuse` with the reference below',
    withDetail: true,
    keepsWaiting: true,
  },
  'approve-batch': {
    title: 'Approve a batch of letters',
    ask: 'None of them is sent before you say yes: `rollcall batches show` lists them by school and step, `rollcall batches approve` or `refuse` answers, with the reference below',
    withDetail: true,
    keepsWaiting: true,
  },
  'sending-stopped': {
    title: 'Sending has stopped by itself',
    ask: 'No letter is handed to the mail server before a person says go on. Find out why they failed, then use `rollcall brakes release` with the reference below',
    withDetail: true,
  },
  'kill-switch': {
    title: 'A person has stopped all sending',
    ask: 'No letter and no packet leaves; counting goes on. Find out whether the reason still holds; where it does not, `rollcall letters resume` ends the stop',
    withDetail: true,
  },
  'call-with-interpreter': {
    title: 'Call with an interpreter',
    ask: 'The letter went out in English, because no reviewed translation exists. Call the family with an interpreter',
    withDetail: true,
  },
  'no-recipient': {
    title: 'Nobody may get the letter',
    ask: 'The SIS names no guardian who may get a letter about this student. Please correct it there.',
    keepsWaiting: true,
  },
  'fix-referral-gaps': {
    title: 'A referral is not ready',
    ask: 'The attendance file cannot go to the truancy officer yet.',
    keepsWaiting: true,
  },
  'confirm-adult-student': {
    title: 'The student is 18',
    ask: 'Letters wait, because the rights have passed to the student. Please say whom they go to from now on: to the student, to the guardians as before, or to both.',
    keepsWaiting: true,
  },
  'resolve-letter': {
    title: 'A letter is uncertain',
    ask: 'The mail server may or may not have it. Find out, for example from its log, and record it with `rollcall letters resolve`; nothing is sent again before',
    withDetail: true,
  },
  'resolve-mail': {
    title: 'A mail did not leave',
    ask: 'A mail to staff or the officer was not accepted',
    withDetail: true,
  },
  'mail-bounced': {
    title: 'A mail to staff came back',
    ask: 'It could not be delivered. Please correct the address in district.yaml, and tell the person what the mail was about',
    withDetail: true,
  },
  'officer-not-reached': {
    title: 'The truancy officer was not reached',
    ask: 'The mail came back. Please hand the attendance file over in another way, and have the IT contact correct the address in district.yaml',
    withDetail: true,
  },
  'packet-password-missing': {
    title: 'Packets for the truancy officer wait for a password',
    ask: 'They are mailed as encrypted files. Agree a password with the officer by phone, and set it as ROLLCALL_PACKET_PASSWORD_FILE; or choose another way in `truancyOfficer` of district.yaml',
  },
  'packet-too-large': {
    title: 'A packet is too large for a mail',
    ask: 'It waits. Choose another `truancyOfficer.delivery` in district.yaml, or raise `largestAttachmentMegabytes` if the mail servers of both sides take more',
    withDetail: true,
  },
  'officer-question': {
    title: 'The truancy officer has a question',
    ask: 'The question stands on the page of the task, and in `rollcall referrals show`. Please answer it there; the officer sees the answer',
    withDetail: true,
  },
  'packet-not-fetched': {
    title: 'The truancy officer has not fetched a packet',
    ask: 'It lies on the officer’s page, and a reminder was sent. Please call the officer',
    withDetail: true,
  },
  'sent-by-mistake': {
    title: 'A document was in a file for the officer and did not belong there',
    ask: 'The packet is taken off the officer’s page or out of the folder, and the officer is asked to destroy it; a corrected one follows. Please call the officer today, and find out whether another family has to be told',
    withDetail: true,
  },
  'packet-taken': {
    title: 'A packet that was stopped is no longer in the officer’s folder',
    ask: 'Somebody has taken it before Rollcall could. Please call the truancy officer today: the file must not be used and has to be destroyed',
    withDetail: true,
  },
  'tell-officer': {
    title: 'A letter in a file that was sent has come back',
    ask: 'The attendance file that the truancy officer has shows it as sent. Please tell the officer today that it did not arrive',
    withDetail: true,
  },
  'read-replies': {
    title: 'Answers wait in the mailbox',
    ask: 'They were not passed on: too many on one day, too large, or not readable. Please look at them in the mailbox itself',
    withDetail: true,
  },
  'mailbox-trouble': {
    title: 'The mailbox cannot be read',
    ask: 'Bounces and replies wait in it until it can. `rollcall check` shows what is wrong',
    withDetail: true,
  },
  'count-corrected': {
    title: 'A count was corrected after a letter had left',
    ask: 'The absences of this student were corrected, and what was sent is marked as superseded. Please tell the family that the count was corrected; `rollcall letters correct` writes them a letter',
    withDetail: true,
  },
  'fix-address': {
    title: 'An e-mail address does not work',
    ask: 'The letter goes on paper. Please correct the address in the SIS',
    withDetail: true,
  },
  'letter-came-back': {
    title: 'A letter came back, and nobody has one',
    ask: 'The e-mail could not be delivered, and by the records of today nobody it was for gets another. Please decide with the administrator who is written to, and how',
    withDetail: true,
  },
  'letter-held': {
    title: 'A letter is held',
    ask: 'It does not leave by itself. Please tell the IT contact, who can issue it once more with `rollcall letters reissue`, or send it by hand and record it as sent',
    withDetail: true,
  },
  'unmapped-code': {
    title: 'An attendance code is unknown',
    ask: 'A row of this student has a code that the code table does not know. Letters wait until it does.',
    keepsWaiting: true,
  },
  'data-problem': {
    title: 'The SIS contradicts itself',
    ask: 'Letters of this student wait until the SIS is clear',
    withDetail: true,
    keepsWaiting: true,
  },
  'unmeasured-absence': {
    title: 'An absence cannot be measured',
    ask: 'The SIS does not say how much of the day was missed in the way that the policy counts: by minutes, by periods or as a share of the day. Letters wait until it does',
    withDetail: true,
    keepsWaiting: true,
  },
  'same-student': {
    title: 'A student under an id of another',
    ask: 'In the SIS this student has an id (a student number, a state id …) of another student who is no longer in it. Name and birth date differ, so the two are kept apart. If they are one, please make them one in the SIS; if not, please correct the id there.',
  },
  'hold-ends': {
    title: 'A hold ends',
    ask: 'After its last day the steps that it keeps back go on. Decide whether that is right; if not, place another hold',
    withDetail: true,
  },
  'hold-flag-gone': {
    title: 'The SIS no longer says why nothing may be sent',
    ask: 'The hold stays until a person ends it. Find out what is true; `rollcall holds list` shows whom it is about',
    withDetail: true,
  },
  'hold-flag-unread': {
    title: 'A field that may stop everything cannot be read',
    ask: 'Nothing is sent about this student until it can be. Find out what is true and correct the field in the SIS; `rollcall holds list` shows the student and the field',
    withDetail: true,
  },
  'pull-letter': {
    title: 'Pull a printed letter',
    ask: 'It must not be posted. Take it out of its print run and record it as `pulled`; if it is in the post already, as `already-posted`',
    withDetail: true,
  },
  'letters-not-posted': {
    title: 'Printed letters were not posted',
    ask: 'Nobody has recorded this print run as posted, so its letters do not count as sent. Please see to it that it is posted, and recorded',
    withDetail: true,
  },
  'fix-postal-address': {
    title: 'The post has brought a letter back',
    ask: 'Please find out the address and correct it in the SIS; until then nothing is sent there. Record `corrected`, or `address-right` if it was right. Once it is corrected, `rollcall prints reissue` sends the letter again',
    withDetail: true,
  },
  'remove-packet': {
    title: 'A packet that was stopped lies in the officer’s folder',
    ask: 'It must not be read any more, and Rollcall cannot take it away. Please see whether the folder is there, and remove the file',
    withDetail: true,
  },
  'packet-not-dropped': {
    title: 'A packet cannot be put into the officer’s folder',
    ask: 'The folder does not take the file, and the officer is not told of it before. Please see whether the folder is there and Rollcall may write into it',
    withDetail: true,
  },
  'nobody-reached': {
    title: 'A task waits, and nobody can be reached',
    ask: 'Everybody who could do it is away, or mail to them comes back. Please correct the addresses in district.yaml, or name somebody who is there. The task itself says more than you may see.',
  },
  'program-error': {
    title: 'Something could not be done',
    ask: 'An error of the program. Please tell the IT contact',
    withDetail: true,
  },
};

/** One gap of the checklist, as a clause. On a page without the command that answers it. */
export function gapInWords(gap: string, { pages }: { readonly pages: boolean }): string {
  const words = gapWords[gap] ?? gap;
  return pages ? words.replace(/ \(`[^)]*\)$/, '') : words;
}

const gapWords: Record<string, string> = {
  'no-contact-attempted': 'no contact with the family is on record',
  'no-letter-out-long-enough': 'no letter has been out long enough',
  'open-hold': 'a hold is open',
  'contract-not-signed': 'the violated contract has no signature on record (`rollcall contracts sign`)',
  'counts-not-read-today': 'the counts were not read from the SIS today',
  'document-not-bound':
    'a document of the file cannot be bound into the packet (`rollcall packet` shows which)',
  'not-released': 'nobody has released it yet (`rollcall referrals release`)',
};
