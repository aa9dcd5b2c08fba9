import type { Config, StaffMember } from '../../config/config-types.ts';
import { roleWords } from '../../domain/plain-words.ts';
import type { Role } from '../../domain/policy.ts';
import { describePolicy } from '../../domain/policy-words.ts';
import { spelled } from '../../domain/words.ts';
import type { Person } from '../../procedure/people.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import { type Html, html, nothing } from '../html.ts';
import type { PageAnswer, Site } from '../site.ts';

/** `/help`: what the steps and the words mean, what to do when something is wrong, and whom to ask. No student is on it. */
export function registerHelpPage(site: Site): void {
  site.navigation({ path: '/help', label: 'Help', shows: isStaff });
  const { config } = site.deps;
  site.get('/help', async ({ person, procedure }): Promise<PageAnswer> => {
    if (!isStaff(person)) return { kind: 'not-found' };
    return { kind: 'page', title: 'Help', within: '/help', body: bodyFor(person, procedure, config) };
  });
}

/** Neither a person nor a procedure changes: what they read is written once. */
const written = new WeakMap<Person, { readonly procedure: Procedure | null; readonly body: Html }>();

function bodyFor(person: Person, procedure: Procedure | null, config: Config): Html {
  const before = written.get(person);
  if (before !== undefined && before.procedure === procedure) return before.body;
  const steps = procedure === null ? nothing : stepsOf(procedure, config);
  const body = html`${PURPOSE}${steps}${WORDS}${WRONG}${whomToAsk(person, config)}`;
  written.set(person, { procedure, body });
  return body;
}

function isStaff({ kind }: Person): boolean {
  return kind === 'staff';
}

const PURPOSE = html`<p>Rollcall counts the absence days in the SIS and asks you for what only people can do. Nothing is decided by how a page is used: only what you send with a button is recorded, with your name.</p>
`;

function stepsOf({ policy }: Procedure, { schools }: Config): Html {
  const { overview, chapters } = describePolicy(policy, {
    school: (id) => schools.find((school) => school.id === id)?.name ?? id,
    date: spelled,
  });
  const steps = overview.map(
    ({ at, step, what }) => html`<li><strong>${step}</strong>, at ${at}: ${what}.</li>`,
  );
  // What belongs to one step stands on the page of each student whom it concerns.
  const rules = chapters.slice(policy.steps.length);
  const more = rules.map(
    ({ title, points }) =>
      html`<details><summary>${title}</summary><ul>${points.map((point) => html`<li>${point}</li>`)}</ul></details>`,
  );
  return html`<section aria-labelledby="steps"><h2 id="steps">The steps</h2>
<ol>${steps}</ol>
${more}<p>This is the policy ${policy.version}, as it is in force today.</p></section>
`;
}

const words: readonly (readonly [string, string])[] = [
  ['owed', 'The count has reached the step, and it has not been taken yet.'],
  [
    'waiting',
    'The step is owed. Its letters are on their way, or something stands in the way: the student’s page says what.',
  ],
  ['taken', 'The task was opened, or the first letter or the attendance file has left.'],
  [
    'left to the school',
    'It was reached before Rollcall was switched on, before the school went live or before this policy held. Rollcall does nothing about it unless somebody releases it.',
  ],
  ['superseded', 'It has left, and the count that it rested on was corrected later.'],
  ['hold', 'A reason not to act on a student. It has an owner and an end; steps go on after it.'],
  [
    'sent',
    'The mail server of the district has accepted the letter. That does not say that anybody has read it.',
  ],
  [
    'uncertain',
    'Nobody knows whether the mail server has the letter. It is never sent again before a person has found out.',
  ],
  ['posted', 'Somebody has confirmed that the printed letter went to the post.'],
];

const WORDS = html`<section aria-labelledby="words"><h2 id="words">The words</h2><dl class="facts">${words.map(
  ([word, means]) => html`<dt>${word}</dt><dd>${means}</dd>`,
)}</dl></section>
`;

const answers: readonly (readonly [string, string])[] = [
  [
    'An absence is wrong',
    'Correct it in the SIS. Rollcall reads it the next night and counts anew. If the count no longer reaches the step, a letter that has not left by then is stopped, and one that has left is marked, with a task for you. If a letter could still leave today, have an administrator call it back or place a hold.',
  ],
  [
    'An address or a phone number is wrong',
    'Correct it in the SIS. Nothing can be corrected here, so that both say the same.',
  ],
  [
    'I logged a contact by mistake',
    'Open it on the student’s page and take it back. You can do so for 24 hours; it stays on record, struck through.',
  ],
  [
    'A letter must not go out',
    'Somebody who may place holds opens the student’s page and places one. It holds from that moment on.',
  ],
  [
    'I cannot do a task in time',
    'Put it off on the page of the task, with the reason. What the law sets a day for can be put off up to that day only.',
  ],
  ['I am away', 'Say so under Away: from when until when, and who does your tasks meanwhile.'],
  [
    'I do not see a student',
    'You see the students whose primary school is one of yours. Ask whoever looks after Rollcall in your district if that is wrong.',
  ],
];

const WRONG = html`<section aria-labelledby="wrong"><h2 id="wrong">When something is wrong</h2>${answers.map(
  ([what, how]) => html`<h3>${what}</h3><p>${how}</p>`,
)}</section>
`;

const ASKED: readonly { readonly role: Role; readonly about: string }[] = [
  { role: 'administrator', about: 'a student, a letter, a hold or a meeting' },
  { role: 'supervisor', about: 'the procedure itself, in all schools' },
  { role: 'it-contact', about: 'signing in, mails that do not arrive, an error with a reference' },
];

function whomToAsk(person: Person, config: Config): Html {
  const items = ASKED.flatMap(({ role, about }) => {
    const people = peopleFor(person, role, config);
    return people.length === 0
      ? []
      : [
          html`<li>About ${about}: ${people.map(({ name, email }, index) => html`${index === 0 ? '' : ', '}${name} (<a href="mailto:${email}">${email}</a>)`)}, ${roleWords(role)}</li>`,
        ];
  });
  if (items.length === 0) return nothing;
  return html`<section aria-labelledby="ask"><h2 id="ask">Whom to ask</h2><ul>${items}</ul></section>`;
}

/** The administrators of the person's schools; of who looks after all schools the district's own. */
function peopleFor({ roles }: Person, role: Role, { staffFor }: Config): StaffMember[] {
  const mine = roles.flatMap(({ schools }): (string | null)[] => (schools === 'all' ? [null] : [...schools]));
  const people = new Map<string, StaffMember>();
  for (const school of new Set(role === 'administrator' ? mine : [null]))
    for (const one of staffFor(role, school)) people.set(one.email.toLowerCase(), one);
  return [...people.values()];
}
