import { inOneLine } from './plain-words.ts';
import type { ChannelReason, ExcludedBecause, PersonDecision } from './recipients.ts';

/**
 * Why a person gets a letter or gets none, in a sentence that can be read out at a hearing.
 * @param nameOf by our own id
 */
export function decisionSentence(decision: PersonDecision, nameOf: (personId: number) => string): string {
  const name = nameOf(decision.personId);
  const { outcome } = decision;
  if (outcome.kind === 'no-letter') return `${name} gets no letter: ${leftOutWords[outcome.reason]}.`;
  const { channel, channelReason, jointWith, postal } = outcome;
  const joint =
    jointWith.length === 0
      ? 'a letter'
      : `a joint letter with ${inOneLine(jointWith.map(nameOf))} (${channel === 'email' ? 'they share the mailbox' : 'they share the postal address'})`;
  const how = channel === 'email' ? 'by e-mail' : 'on paper';
  const why = decision.role === 'student' ? ', being the student, who is 18' : '';
  return [
    `${name}${why}${why === '' ? '' : ','} gets ${joint} ${how}: ${channelWords[channelReason]}.`,
    languageSentence(outcome),
    ...(channel === 'paper' && postal !== 'known' ? [postalWords[postal]] : []),
    ...(outcome.anotherHousehold
      ? ['Another household gets a letter of its own; neither letter shows the other’s address.']
      : []),
  ].join(' ');
}

function languageSentence({
  language,
  languageReason,
}: Extract<PersonDecision['outcome'], { kind: 'letter' }>): string {
  const named = languageName(language);
  switch (languageReason) {
    case 'own':
      return `Its language is ${named}, as the records say of this person.`;
    case 'of-joint-letter':
      return `Its language is ${named}, as the records say of another person on it.`;
    case 'not-said':
      return `Its language is ${named}, because the records name none.`;
  }
}

/** `Spanish (es)`; a tag that nobody knows stays as it is. */
function languageName(tag: string): string {
  try {
    const name = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(tag);
    return name === undefined ? tag : `${name} (${tag})`;
  } catch {
    return tag;
  }
}

const leftOutWords: Readonly<Record<ExcludedBecause, string>> = {
  'not-a-guardian':
    'the records link this person to the student, but as neither guardian nor parent. Only guardians and parents are written to',
  'relationship-denied': 'the records say that this person is not a guardian of this student',
  'link-ended': 'the records no longer link this person to the student',
  inactive: 'the records no longer have this person as active',
  'no-contact': 'the records say that this person must not be contacted',
  'mail-not-allowed': 'the records do not allow mail about the student to this person',
  'rights-with-student': 'the student is 18, and letters go to the student instead of the guardians',
  'has-it-already':
    'the records have this person twice, and the letter of this step goes to the other record',
};

const channelWords: Readonly<Record<ChannelReason, string>> = {
  'address-usable': 'the records have an e-mail address that is this person’s own or the household’s',
  'wants-paper': 'the records say that this person wants paper',
  'post-returned':
    'the records say that this person wants paper, but the post has brought a letter back from the postal address in them',
  'address-missing': 'the records have no e-mail address',
  'address-malformed': 'the e-mail address in the records is none that can be written to',
  'address-several':
    'the records have several e-mail addresses in one field, and nobody guesses which is right',
  'address-role-box': 'the e-mail address in the records is that of an office, or of nobody',
  'address-private': 'the records mark the e-mail address as private',
  'address-of-the-student': 'the e-mail address in the records is the student’s own',
  'address-shared':
    'somebody outside the family, or somebody who must not be contacted, uses the e-mail address too',
  'address-bounced':
    'a letter to the e-mail address in the records has come back, and nobody has said since that it works',
  'address-of-two-households': 'two households use the e-mail address, and each would see the other’s letter',
};

const postalWords: Readonly<Record<'missing' | 'returned', string>> = {
  missing: 'The records have no postal address: the office hands the letter over.',
  returned:
    'The post has brought a letter back from the postal address in the records: the letter carries no address, and the office hands it over.',
};

/** What no decision about a single person says, and people ask. */
export const RECIPIENT_RULES = [
  'Each student has letters of his or her own, also where brothers and sisters get theirs on the same day.',
  'Where the records have one person twice at one address, that is one letter.',
] as const;
