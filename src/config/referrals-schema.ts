import { z } from 'zod';

/** What the checklist of a referral may ask, by the gap that a no leaves. */
export const CHECKLIST = {
  'contact-attempted': 'no-contact-attempted',
  'letter-out': 'no-letter-out-long-enough',
  'contract-signed': 'contract-not-signed',
  'documents-bound': 'document-not-bound',
  'no-open-hold': 'open-hold',
  'counts-read-today': 'counts-not-read-today',
} as const;

type Question = keyof typeof CHECKLIST;

const QUESTIONS = Object.keys(CHECKLIST) as [Question, ...Question[]];

/** How a packet gets out of the house. Left out as a whole it leaves the policy what it was before there was a choice. */
export const referralsSchema = z.strictObject({
  release: z
    .enum(['automatic', 'named-person'])
    .default('automatic')
    .describe(
      '`automatic`: a packet leaves once the checklist holds. `named-person`: none leaves before a person releases it.',
    ),
  checklist: z
    .array(z.enum(QUESTIONS))
    .max(QUESTIONS.length)
    .default(QUESTIONS)
    .describe(
      'What must hold before a packet leaves by itself. What does not is named to the administrator, who may release it all the same.',
    ),
});
