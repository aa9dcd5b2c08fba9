import { escapeXml } from './escape-xml.ts';

export interface StudentRecordFacts {
  readonly districtName: string;
  readonly student: string;
  readonly made: string;
  readonly parts: readonly {
    readonly title: string;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly documents: readonly { readonly title: string; readonly file: string }[];
  /** What is not in the folder, and why. */
  readonly leftOut: readonly string[];
}

const STYLE = `body{font:1rem/1.5 sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#1f2933}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #c9ced3;padding:.3rem .5rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}th{background:#f1f5f4}h2{margin-top:2rem}a{color:#1c5654}.table{overflow-x:auto}`;

/** What a parent opens first: everything that is kept, in tables, and links to the documents. */
export function studentRecordPage(facts: StudentRecordFacts): string {
  const title = `What ${facts.districtName} keeps about ${facts.student}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escapeXml(title)}</h1>
<p>Made on ${escapeXml(facts.made)}. You have the right to inspect this record, and to ask the school to correct what is
wrong (34 CFR 99.10 and 99.20). An absence is corrected by the school that recorded it.</p>
${contents(facts)}
${facts.parts.map(partOf).join('\n')}
<h2 id="documents">Documents</h2>
${
  facts.documents.length === 0
    ? '<p>None.</p>'
    : `<ul>${facts.documents.map(({ title: name, file }) => `<li><a href="${encodeURI(file)}">${escapeXml(name)}</a></li>`).join('\n')}</ul>`
}
<h2 id="left-out">What is not here</h2>
${facts.leftOut.length === 0 ? '<p>Nothing was left out.</p>' : `<ul>${facts.leftOut.map((line) => `<li>${escapeXml(line)}</li>`).join('\n')}</ul>`}
</main></body></html>
`;
}

function contents({ parts }: StudentRecordFacts): string {
  const named = [
    ...parts.map(({ title }, index) => [`part-${index}`, title]),
    ['documents', 'Documents'],
    ['left-out', 'What is not here'],
  ];
  return `<nav aria-label="Contents"><ul>${named.map(([id, title]) => `<li><a href="#${id}">${escapeXml(title ?? '')}</a></li>`).join('')}</ul></nav>`;
}

function partOf({ title, rows }: StudentRecordFacts['parts'][number], index: number): string {
  const heading = `<h2 id="part-${index}">${escapeXml(title)}</h2>`;
  const [first] = rows;
  if (first === undefined) return `${heading}\n<p>None.</p>`;
  // A column that never says anything only takes room.
  const columns = Object.keys(first).filter((column) => rows.some((row) => wordsOf(row[column]) !== ''));
  const head = columns.map((column) => `<th scope="col">${escapeXml(column)}</th>`).join('');
  const body = rows
    .map(
      (row) => `<tr>${columns.map((column) => `<td>${escapeXml(wordsOf(row[column]))}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return `${heading}\n<div class="table"><table aria-labelledby="part-${index}"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value instanceof Date) return `${value.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
