import { longDate } from '../../documents/dates.ts';
import { mayAnywhere, mayDo } from '../../domain/rights.ts';
import { addDays, isSchoolDate, type SchoolDate } from '../../domain/school-date.ts';
import type { Procedure } from '../../procedure/procedure.ts';
import { inOneLine, mondayOf, readWeek, type SchoolWeek, summaryOf } from '../../procedure/week-summary.ts';
import { type Html, html, nothing } from '../html.ts';
import type { PageAnswer, Site } from '../site.ts';

/** `/summary`: the figures of a week at my schools, against the week before. */
export function registerSummaryPage(site: Site): void {
  const { db } = site.deps;
  site.navigation({
    path: '/summary',
    label: 'Summary',
    shows: (person) => mayAnywhere(person, 'view-summary'),
  });

  site.get('/summary', async (request): Promise<PageAnswer> => {
    const { person, procedure, moment, query } = request;
    if (procedure === null || !mayAnywhere(person, 'view-summary')) return { kind: 'not-found' };
    const asked = query.week ?? '';
    const monday = mondayOf(isSchoolDate(asked) && asked < moment.today ? asked : moment.today);
    const isNow = monday === mondayOf(moment.today);
    const all = (await readWeek(db, procedure, monday, moment.today)).filter(({ school }) =>
      mayDo(person, 'view-summary', [school]),
    );
    await request.viewed({ action: 'summary-viewed', detail: { week: monday, schools: all.length } });
    const weeks = isNow ? all : all.map(withoutState);
    return {
      kind: 'page',
      title: `Week of ${longDate(monday, 'en')}${isNow ? ', so far' : ''}`,
      within: '/summary',
      body:
        all.length === 0
          ? html`<p>Nothing is sent for your schools yet: they are in shadow mode.</p>`
          : bodyOf(weeks, procedure, monday, isNow),
    };
  });
}

/** How things stand is known of today only. */
function withoutState(week: SchoolWeek): SchoolWeek {
  const happened = (figures: SchoolWeek['figures']) =>
    Object.fromEntries(
      Object.entries(figures).filter(([name]) =>
        /^(crossed|letters|came back|contacts|referrals delivered)/.test(name),
      ),
    );
  return { ...week, figures: happened(week.figures), before: happened(week.before) };
}

function bodyOf(
  weeks: readonly SchoolWeek[],
  procedure: Procedure,
  monday: SchoolDate,
  isNow: boolean,
): Html {
  const sections = summaryOf(weeks, procedure).map(
    ({
      title,
      lines,
    }) => html`<table><caption>${title}</caption><thead><tr><th scope="col">What</th><th scope="col">${isNow ? 'So far' : 'That week'}</th><th scope="col">Week before</th></tr></thead>
<tbody>${lines.map(({ what, now, before }) => html`<tr><th scope="row">${what}</th><td>${now}</td><td>${before ?? 'not known'}</td></tr>`)}</tbody></table>`,
  );
  const schools =
    weeks.length < 2
      ? []
      : weeks.flatMap((week) => {
          const told = inOneLine(week);
          return told === null ? [] : [html`<tr><th scope="row">${week.name}</th><td>${told}</td></tr>`];
        });
  const week = (date: SchoolDate) =>
    html`<a href="/summary?week=${date}">Week of ${longDate(date, 'en')}</a>`;
  return html`${sections.length === 0 ? html`<p>Nothing has happened in this week.</p>` : sections}
${schools.length === 0 ? nothing : html`<table><caption>By school</caption><thead><tr><th scope="col">School</th><th scope="col">This week</th></tr></thead><tbody>${schools}</tbody></table>`}
<p>${week(addDays(monday, -7))}${isNow ? nothing : html` · ${week(addDays(monday, 7))}`}</p>`;
}
