import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { dueJobs } from '../../jobs/due-jobs.ts';
import { jobsAtOnce } from '../../jobs/jobs-at-once.ts';
import { sendLetter } from '../../jobs/send-letter.ts';
import { instantInZone } from '../../src/domain/school-date.ts';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { silentLog } from '../../src/ops/log.ts';
import { dueAt } from '../../src/procedure/procedure.ts';
import { listJobs } from '../../src/queue/define-job.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { unlockWith } from '../../src/store/document-keys.ts';
import { readDocument } from '../../src/store/documents.ts';
import { findDueWork } from '../../src/store/due-work.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { becomeOwner } from '../../src/store/owner.ts';
import { ALL_DAY, lettersInLine, procedureInLine, TODAY, ZONE } from '../support/letters-in-line.ts';
import { DOCUMENT_KEY } from '../support/open-test-database.ts';
import { type Figure, type Findings, figureWords } from './figures.ts';
import type { Delivered } from './send-sink.ts';

/** Of the rate of a bare loop over the same bytes, over as many connections to the same server. */
const LEAST = 0.6;
const GUARDIANS = 2;
/** As large as a letter of one page with its fonts. */
const ATTACHMENT = 40_000;

/** Milliseconds in which a mail server that writes each mail to its disk answers for it; and one that does nothing. */
const MAIL_SERVER_MS = 25;

/**
 * Whether letters leave fast enough through the whole protocol, to a server that takes its time to keep a mail. To one
 * that takes none, the bench shows what the protocol itself costs.
 */
export async function benchSend(letters: number, concurrency: number): Promise<Findings> {
  const figures = [
    ...(await measure(letters, concurrency, 0)),
    ...(await measure(letters, concurrency, MAIL_SERVER_MS)),
  ];
  return {
    bench: 'send',
    setting: `${letters} letters through the whole protocol over ${concurrency} connections, against a bare nodemailer loop over as many`,
    figures,
  };
}

async function measure(letters: number, concurrency: number, keepsInMs: number): Promise<Figure[]> {
  const dataDir = await mkdtemp('/tmp/rollcall-bench-');
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog(), settings: {} });
  const sink = fork(join(import.meta.dirname, 'send-sink.ts'), [String(keepsInMs)]);
  const database = openDatabase({ url: postgres.url, maxConnections: concurrency * 4 + 8 });
  const { db } = database;
  try {
    const [url] = (await once(sink, 'message')) as [string];
    await migrateToLatest(postgres.url);
    await unlockWith(db, DOCUMENT_KEY);
    const students = Math.ceil(letters / GUARDIANS);
    await lettersInLine(db, { students, guardians: GUARDIANS, attachment: ATTACHMENT });
    const sent = students * GUARDIANS;
    print(`\n${sent} letters, ${concurrency} connections, to a server that keeps a mail in ${keepsInMs} ms`);
    const mails = await mailsOf(db);
    // Once for the compiler, and then on both sides of what is measured, since the machine may change meanwhile.
    await bareLoop(url, mails.slice(0, 100), concurrency);
    const before = await bareLoop(url, mails, concurrency);
    const protocol = await throughProtocol(database, url, concurrency);
    const after = await bareLoop(url, mails, concurrency);
    sink.send('count');
    const [{ mails: delivered }] = (await once(sink, 'message')) as [Delivered];
    const expected = 3 * sent + 100;
    if (delivered !== expected) throw new Error(`${delivered} mails came, expected ${expected}`);
    const bare = (before + after) / 2;
    const chart = `Letters per second to a server that keeps a mail in ${keepsInMs} ms`;
    const figures: Figure[] = [
      { what: `bare loop, ${keepsInMs} ms`, value: sent / bare, unit: '/s', chart },
      {
        what: `through the protocol, ${keepsInMs} ms`,
        value: sent / protocol,
        unit: '/s',
        ratio: { value: bare / protocol, to: 'the bare loop' },
        chart,
        ...(keepsInMs === MAIL_SERVER_MS && { target: { atLeast: LEAST } }),
      },
    ];
    for (const figure of figures) print(figureWords(figure));
    return figures;
  } finally {
    sink.disconnect();
    await database.close();
    await postgres.release();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Mail {
  readonly raw: Buffer;
  readonly envelope: { readonly from: string; readonly to: string };
}

async function mailsOf(db: Db): Promise<Mail[]> {
  const rows = await db
    .selectFrom('letter')
    .select(['message_document_id', 'envelope_from', 'envelope_to'])
    .execute();
  const mails: Mail[] = [];
  for (const { message_document_id, envelope_from, envelope_to } of rows) {
    const { bytes: raw } = await readDocument(db, message_document_id ?? '');
    mails.push({ raw, envelope: { from: envelope_from ?? '', to: envelope_to ?? '' } });
  }
  return mails;
}

/** What nodemailer takes over connections that are kept, when nothing is recorded, claimed or asked. */
async function bareLoop(url: string, mails: readonly Mail[], concurrency: number): Promise<number> {
  const { hostname: host, port } = new URL(url);
  const transport = createTransport({
    host,
    port: Number(port),
    ignoreTLS: true,
    pool: true,
    maxConnections: concurrency,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const line = [...mails];
  const took = await seconds(async () => {
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let mail = line.pop(); mail !== undefined; mail = line.pop()) await transport.sendMail(mail);
      }),
    );
  });
  transport.close();
  return took;
}

async function throughProtocol(
  { db, pool, url }: ReturnType<typeof openDatabase>,
  smtpUrl: string,
  concurrency: number,
): Promise<number> {
  const moment = { now: instantInZone(TODAY, '09:00', ZONE), today: TODAY };
  const owner = await becomeOwner(pool);
  const book = procedureInLine(db);
  const server = `${smtpUrl}?connections=${concurrency}`;
  const transport = openSmtpTransport({ url: server });
  const queue = await openQueue({
    jobs: listJobs([sendLetter]),
    backend: { kind: 'postgres', connectionString: url },
    log: silentLog(),
    concurrency: jobsAtOnce(server),
  });
  try {
    queue.startWorkers({
      db,
      log: silentLog(),
      moment: () => moment,
      procedure: () => book.on(TODAY),
      owner: () => owner.id(),
      window: ALL_DAY,
      limits: { perMinute: null, perDay: null },
      stopFile: '/nowhere/STOP',
      submit: (mail, mark) => transport.submit(mail, mark),
    });
    const took = await seconds(async () => {
      const due = await findDueWork(db, dueAt(await book.on(TODAY), moment));
      await queue.enqueue(dueJobs(due).filter(({ job }) => job === sendLetter));
      await queue.drain();
    });
    const left = await db.selectFrom('letter').select('state').where('state', '<>', 'sent').execute();
    if (left.length > 0) throw new Error(`${left.length} letters were not sent`);
    return took;
  } finally {
    await queue.close({ graceMs: 1_000 });
    await transport.close();
    await owner.release();
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
