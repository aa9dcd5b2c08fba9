import { letterReasonInWords } from '../../domain/letter-reasons.ts';
import { clockTimeInZone, dateInZone } from '../../domain/school-date.ts';
import { spelled } from '../../domain/words.ts';
import type { ViewedLetter } from '../../store/file-view.ts';

type Told = Pick<
  ViewedLetter,
  | 'channel'
  | 'state'
  | 'reason'
  | 'left'
  | 'handedOverAt'
  | 'reply'
  | 'postedBy'
  | 'returnedOn'
  | 'superseded'
>;

/** What is known of a letter, and on what that rests, in full sentences. */
export function proofOf(letter: Told, timeZone: string): string {
  const parts = [whatBecame(letter, timeZone)];
  if (letter.returnedOn !== null) parts.push(`The post brought it back on ${spelled(letter.returnedOn)}.`);
  if (letter.superseded) parts.push('It is superseded: the count it rested on was corrected later.');
  return parts.join(' ');
}

function whatBecame(letter: Told, timeZone: string): string {
  const { channel, state, left, reason } = letter;
  const on = left === null ? '' : ` on ${spelled(left)}`;
  switch (state) {
    case 'sent':
      return `The mail server of the district accepted it${instantOf(letter, timeZone)}${replyOf(letter)}. That does not say that anybody has read it.`;
    case 'posted':
      return `It was posted${on}${letter.postedBy === null ? '' : `, as ${letter.postedBy} has confirmed`}.`;
    case 'bounced':
      return `It was sent${on} and came back: the e-mail could not be delivered.`;
    case 'rejected':
      return `The mail server refused it${replyOf(letter)}.`;
    case 'uncertain':
      return 'Nobody knows whether the mail server has it. A person has to find out.';
    case 'cancelled':
      return `It was not sent${reasonOf(reason)}.`;
    case 'held':
      return `It is held${reasonOf(reason)}.`;
    case 'printed':
      return 'It is printed. Nobody has confirmed yet that it was posted.';
    case 'shadowed':
      return 'It would have been sent; the school was not live.';
    case 'planned':
    case 'queued':
      return channel === 'paper'
        ? 'It waits for the next print run.'
        : 'It is on its way to the mail server.';
    case 'claimed':
    case 'transmitting':
      return 'It is being handed to the mail server now.';
  }
}

function instantOf({ handedOverAt, left }: Told, timeZone: string): string {
  if (handedOverAt === null) return left === null ? '' : ` on ${spelled(left)}`;
  const instant = new Date(handedOverAt);
  return ` on ${spelled(dateInZone(instant, timeZone))} at ${clockTimeInZone(instant, timeZone)}`;
}

function replyOf({ reply }: Told): string {
  return reply === null ? '' : ` (“${reply}”)`;
}

function reasonOf(reason: string | null): string {
  return reason === null ? '' : `: ${letterReasonInWords(reason)}`;
}
