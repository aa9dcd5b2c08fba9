import { escapeXml } from '../../documents/escape-xml.ts';
import { stepColours, yearChart } from './chart.ts';
import type { LetterRow, MailRow, PrintRunRow, ReferralRow, ReportFacts } from './collect.ts';
import { reportStyle } from './style.ts';

export interface ReportHeading {
  readonly district: string;
  readonly from: string;
  readonly until: string;
  readonly seed: number;
  /** Step ids in the order of the ladder, with their titles. */
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  /** The command that explains one student, without the student. */
  readonly explainCommand: string;
}

/** Paths of the files beside the page, by database id; a document without one has no link. */
export interface ReportLinks {
  readonly documents: ReadonlyMap<string, string>;
  readonly mails: ReadonlyMap<string, string>;
}

/** One page that needs nothing from outside: the year as a chart, then everything that was sent, a click away. */
export function reportPage(heading: ReportHeading, facts: ReportFacts, links: ReportLinks): string {
  const sections = [
    section('year', 'The year at a glance', yearSection(heading, facts)),
    section('letters', `Letters (${facts.letters.length})`, lettersTable(facts.letters, links)),
    section('referrals', `Referrals (${facts.referrals.length})`, referralsTable(facts.referrals, links)),
    section('print-runs', `Print runs (${facts.printRuns.length})`, printRunsTable(facts.printRuns, links)),
    section('mails', `Mails to staff (${facts.mails.length})`, mailsTable(facts.mails, links)),
    section('tasks', 'Tasks and contacts', tasksSection(facts)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(heading.district)}: what Rollcall did</title><style>${reportStyle}</style></head>
<body><header><p class="kicker">Rollcall · simulated district</p><h1>${escapeXml(heading.district)}</h1>
<p>${escapeXml(heading.from)} to ${escapeXml(heading.until)} · seed ${heading.seed} · ${facts.students} students, ${facts.guardians} guardians, ${facts.records} absence record versions, ${facts.evaluations} evaluations, ${facts.syncRuns} syncs. Every person here is invented.</p>
<nav><a href="#letters">Letters</a><a href="#referrals">Referrals</a><a href="#print-runs">Print runs</a><a href="#mails">Mails</a><a href="#tasks">Tasks</a></nav></header>
<main>${sections.join('\n')}</main>
<footer>Explain one student: <code>${escapeXml(heading.explainCommand)} STUDENT</code></footer></body></html>
`;
}

function section(id: string, title: string, body: string): string {
  return `<section id="${id}"><h2>${escapeXml(title)}</h2>${body}</section>`;
}

function yearSection(heading: ReportHeading, facts: ReportFacts): string {
  const cards = heading.steps.map((step, order) => {
    const taken = facts.steps.find((row) => row.step === step.id && row.state === 'taken')?.students ?? 0;
    const others = facts.steps.filter((row) => row.step === step.id && row.state !== 'taken');
    const rest = others.map((row) => `${row.students} ${row.state}`).join(', ');
    return `<li style="--step:${stepColours[order % stepColours.length]}"><b>${taken}</b><span>${escapeXml(step.title)}</span><small>${escapeXml(rest)}</small></li>`;
  });
  const stopped = facts.weeks.reduce((sum, week) => sum + week.stopped, 0);
  const corrections = facts.corrections.map((row) => `${row.records} ${row.reason}`).join(', ') || 'none';
  return `<ul class="cards">${cards.join('')}<li style="--step:#999"><b>${stopped}</b><span>Stopped by a correction before anything left</span><small>rows ${escapeXml(corrections)}</small></li></ul>
<figure>${yearChart(
    facts.weeks,
    heading.steps.map((step) => step.id),
  )}<figcaption>${heading.steps.map((step, order) => `<span class="key" style="--step:${stepColours[order % stepColours.length]}">${escapeXml(step.title)}</span>`).join('')}<span class="key area">absence rows (right)</span></figcaption></figure>`;
}

function lettersTable(letters: readonly LetterRow[], links: ReportLinks): string {
  return table(
    ['Date', 'Letter', 'Step', 'Student', 'To', 'Channel', 'State', ''],
    letters.map((letter) => [
      escapeXml(letter.on ?? '–'),
      `<code>${letter.ref}</code>`,
      escapeXml(letter.step),
      student(letter.student, letter.studentSourcedId, letter.school),
      `${escapeXml(letter.guardians ?? '')} <small>${escapeXml(letter.language)}</small>`,
      `${escapeXml(letter.channel)} <small>${escapeXml(letter.channelReason)}</small>`,
      state(letter.state, letter.superseded ? 'superseded' : letter.reason),
      [link(links.documents, letter.pdfDocumentId, 'PDF'), link(links.mails, letter.id, 'mail')].join(' '),
    ]),
  );
}

function referralsTable(referrals: readonly ReferralRow[], links: ReportLinks): string {
  return table(
    ['Opened', 'Case', 'Student', 'Because', 'State', 'Missing', ''],
    referrals.map((referral) => [
      escapeXml(referral.openedOn),
      `<code>${referral.ref}</code>`,
      student(referral.student, referral.studentSourcedId, referral.school),
      referral.reachedBy === 'contract' ? 'contract violated' : 'count',
      state(referral.state, referral.deliveredOn),
      escapeXml(referral.gaps.join(', ') || '–'),
      link(links.documents, referral.packetDocumentId, 'packet'),
    ]),
  );
}

function printRunsTable(runs: readonly PrintRunRow[], links: ReportLinks): string {
  return table(
    ['Printed', 'Run', 'School', 'Letters', 'Posted', ''],
    runs.map((run) => [
      escapeXml(run.printedOn),
      `<code>${run.ref}</code>`,
      escapeXml(run.school),
      String(run.letters),
      escapeXml(run.postedOn ?? 'not yet'),
      link(links.documents, run.documentId, 'PDF'),
    ]),
  );
}

function mailsTable(mails: readonly MailRow[], links: ReportLinks): string {
  return table(
    ['Date', 'Mail', 'Kind', 'To', 'State', ''],
    mails.map((mail) => [
      escapeXml(mail.on ?? '–'),
      `<code>${mail.ref}</code>`,
      escapeXml(mail.kind),
      escapeXml(mail.to),
      state(mail.state, null),
      link(links.mails, mail.id, 'mail'),
    ]),
  );
}

function tasksSection(facts: ReportFacts): string {
  const kinds = [...new Set(facts.tasks.map((row) => row.kind))];
  const number = (kind: string, which: string) =>
    String(facts.tasks.find((row) => row.kind === kind && row.state === which)?.tasks ?? 0);
  const contacts = facts.contacts.map((row) => [escapeXml(row.outcome), String(row.contacts)]);
  return `<div class="pair">${table(
    ['Task', 'Open', 'Done', 'Closed by itself'],
    kinds.map((kind) => [
      escapeXml(kind),
      number(kind, 'open'),
      number(kind, 'done'),
      number(kind, 'closed'),
    ]),
  )}${table(['Contact log', 'Entries'], contacts)}</div>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p class="none">None.</p>';
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

function student(name: string, sourcedId: string, school: string): string {
  return `${escapeXml(name)} <small>${escapeXml(school)}<br><code>${escapeXml(sourcedId)}</code></small>`;
}

function state(name: string, reason: string | null): string {
  const detail = reason === null ? '' : ` <small>${escapeXml(reason)}</small>`;
  return `<span class="state ${escapeXml(name)}">${escapeXml(name)}</span>${detail}`;
}

function link(paths: ReadonlyMap<string, string>, id: string | null, label: string): string {
  const path = id === null ? undefined : paths.get(id);
  return path === undefined ? '' : `<a href="${escapeXml(path)}">${label}</a>`;
}
