import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { escapeXml } from '../../documents/escape-xml.ts';
import type { Db } from '../../store/database.ts';
import { readDocument } from '../../store/documents.ts';
import { collectReport, type ReportFacts } from './collect.ts';
import { type ReportHeading, type ReportLinks, reportPage } from './page.ts';

/**
 * Writes the report into a folder of its own: `index.html` and, beside it, every letter, mail and packet as sent.
 * @returns the path of the page and what it shows.
 */
export async function writeReport(
  db: Db,
  dir: string,
  heading: ReportHeading,
): Promise<{ path: string; facts: ReportFacts }> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'documents'), { recursive: true });
  await mkdir(join(dir, 'mails'), { recursive: true });
  const facts = await collectReport(db);
  const links = await writeDocuments(db, dir, facts);
  const path = join(dir, 'index.html');
  await writeFile(path, reportPage(heading, facts, links));
  return { path, facts };
}

async function writeDocuments(db: Db, dir: string, facts: ReportFacts): Promise<ReportLinks> {
  const documents = new Map<string, string>();
  const mails = new Map<string, string>();
  const pdfs = [
    ...facts.letters.map((letter) => ({ name: letter.ref, id: letter.pdfDocumentId })),
    ...facts.referrals.map((referral) => ({ name: referral.ref, id: referral.packetDocumentId })),
    ...facts.printRuns.map((run) => ({ name: run.ref, id: run.documentId })),
  ];
  for (const { name, id } of pdfs) {
    if (id === null) continue;
    const document = await readDocument(db, id);
    const path = `documents/${name}.pdf`;
    await writeFile(join(dir, path), document.bytes);
    documents.set(id, path);
  }
  for (const { id, ref, messageDocumentId } of [...facts.letters, ...facts.mails]) {
    if (messageDocumentId === null) continue;
    const document = await readDocument(db, messageDocumentId);
    const path = `mails/${ref}.html`;
    await writeFile(join(dir, path), await mailPage(document.bytes));
    mails.set(id, path);
  }
  return { documents, mails };
}

/** A mail as a reader shows it: envelope lines on top, then its own HTML in a frame that can run nothing. */
async function mailPage(raw: Buffer): Promise<string> {
  const mail = await PostalMime.parse(raw);
  const line = (name: string, value: string) => `<dt>${name}</dt><dd>${escapeXml(value)}</dd>`;
  const to = (mail.to ?? [])
    .map((address) => `${address.name ?? ''} <${address.address ?? ''}>`.trim())
    .join(', ');
  const attached = mail.attachments.map((part) => part.filename ?? part.mimeType).join(', ');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(mail.subject ?? 'Mail')}</title><style>
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f4f5f2;color:#1f2933}
main{max-width:760px;margin:0 auto;padding:20px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:0 0 14px}dt{color:#5b6875}dd{margin:0}
iframe{width:100%;height:72vh;border:1px solid #dfe3e8;border-radius:8px;background:#fff}
pre{white-space:pre-wrap;background:#fff;border:1px solid #dfe3e8;border-radius:8px;padding:16px}
</style></head><body><main>
<p><a href="../index.html">Back to the report</a></p>
<dl>${line('From', `${mail.from?.name ?? ''} <${mail.from?.address ?? ''}>`)}${line('To', to)}${line('Subject', mail.subject ?? '')}${line('Date', mail.date ?? '')}${attached === '' ? '' : line('Attached', attached)}</dl>
${mail.html === undefined ? '' : `<iframe sandbox title="The mail as HTML" srcdoc="${escapeXml(mail.html)}"></iframe>`}
<details><summary>As plain text</summary><pre>${escapeXml(mail.text ?? '')}</pre></details>
</main></body></html>
`;
}
