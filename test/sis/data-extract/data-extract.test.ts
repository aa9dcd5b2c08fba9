import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../../src/domain/school-date.ts';
import type { AbsenceRowRecord, CodeRecord, RowProblem } from '../../../src/domain/sis-records.ts';
import {
  type DataExtractOptions,
  openDataExtract,
} from '../../../src/sis/attendance/data-extract/open-data-extract.ts';
import { openContacts } from '../../../src/sis/contacts/open-contacts.ts';

const NOW = new Date('2026-10-02T10:00:00Z');
const EXTRACTED = '2026-10-02T08:00:00.000Z';
const YEAR = { after: null, from: schoolDate('2026-08-01'), to: schoolDate('2027-06-30') };
const HEADER = 'personID,schoolNumber,date,periodName,status,excuse,code,presentMinutes,periodMinutes';
const ROW = '204,101,09/14/2026,,A,U,UNX,0,400';
/** Stands in cells; no message may repeat it. */
const CANARY = 'Zoë Canary';
const RUN = '0b5e6c1a-0000-4000-8000-000000000000';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-drop-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function drop(name: string, text: string, ageSeconds = 3_600): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, text);
  const at = new Date(NOW.getTime() - ageSeconds * 1000);
  await utimes(path, at, at);
}

const whole = (rows: readonly string[], header = HEADER, extractedAt = EXTRACTED) =>
  [header, ...rows, `TRAILER,${rows.length},${extractedAt}`, ''].join('\r\n');

function source(changes: Partial<DataExtractOptions> = {}) {
  return openDataExtract({
    folder,
    files: 'attendance*.csv',
    delimiter: ',',
    stableSeconds: 60,
    proofMinutes: 30,
    keepDays: 60,
    completeness: 'either',
    columns: {},
    codes: {},
    coverage: 'enrolled',
    timeZone: 'America/Denver',
    now: () => NOW,
    ...changes,
  });
}

async function readAll(extract = source()) {
  const records: AbsenceRowRecord[] = [];
  const problems: RowProblem[] = [];
  const codes: CodeRecord[] = [];
  expect(await extract.offer()).toMatchObject({ kind: 'ready' });
  for await (const page of extract.records(YEAR)) {
    records.push(...page.records);
    problems.push(...page.problems);
  }
  for await (const page of extract.codes()) codes.push(...page.records);
  return { records, problems, codes, completeness: extract.completeness() };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `no failure: ${JSON.stringify(value)}`,
    (error: Error) => error.message,
  );
}

describe('an extract', () => {
  test('is read as Infinite Campus words it', async () => {
    await drop('attendance-1.csv', `\uFEFF${whole([ROW])}`);
    const { records, problems, codes, completeness } = await readAll();
    expect(problems).toEqual([]);
    expect(records).toEqual([
      {
        sourcedId: expect.any(String),
        deleted: false,
        studentSourcedId: 'personid:204',
        schoolSourcedId: 'number:101',
        date: '2026-09-14',
        kind: 'daily',
        period: null,
        status: 'absent',
        excuse: 'unexcused',
        dayFraction: null,
        minutesAbsent: 400,
        minutesScheduled: 400,
        codeSourcedId: expect.stringContaining('UNX'),
      },
    ]);
    expect(codes).toMatchObject([{ title: 'UNX', status: 'absent', excuse: 'unexcused' }]);
    expect(completeness).toMatchObject({ asOf: EXTRACTED, rows: 1, cursor: null });
  });

  test.each([
    [
      'E as status and as excuse',
      '204,101,2026-09-14,,E,E,LEFT,380,400',
      { status: 'earlyRelease', excuse: 'excused' },
    ],
    ['no excuse yet', '204,101,2026-09-14,,A,,UNK,0,400', { status: 'absent', excuse: 'unknown' }],
    ['K for unknown', '204,101,2026-09-14,,A,K,UNK,0,400', { excuse: 'unknown' }],
    ['exempt', '204,101,2026-09-14,,A,X,FLD,0,400', { excuse: 'exempt' }],
    ['a period', '204,101,2026-09-14,3,T,U,TDY,40,50', { kind: 'period', period: '3', minutesAbsent: 10 }],
    ['an SQL date', '204,101,2026-09-14 00:00:00.000,,A,U,UNX,0,400', { date: '2026-09-14' }],
    ['a quoted cell', '"204","101","09/14/2026",,"A","U","UNX",0,400', { studentSourcedId: 'personid:204' }],
  ])('%s', async (_name, row, expected) => {
    await drop('attendance.csv', whole([row]));
    expect((await readAll()).records).toMatchObject([expected]);
  });

  test('keeps the id of a row that is corrected', async () => {
    await drop('attendance.csv', whole([ROW]));
    const before = (await readAll()).records[0]?.sourcedId;
    await drop('attendance.csv', whole([ROW.replace(',U,', ',E,')]));
    expect((await readAll()).records[0]?.sourcedId).toBe(before);
  });

  test('gives no meaning to a code that its rows do not agree on, nor to one that nobody explains', async () => {
    await drop(
      'attendance.csv',
      whole([ROW, '205,101,09/14/2026,,A,E,UNX,0,400', '206,101,09/14/2026,,,,WTR,0,400']),
    );
    const { records, codes } = await readAll();
    expect(records.every((record) => !record.deleted && record.codeSourcedId !== null)).toBe(true);
    expect(codes).toMatchObject([
      { title: 'UNX', active: false },
      { title: 'WTR', active: false },
    ]);
  });

  test('tells a deleted row by its id, where it has one of its own', async () => {
    const header = `sourcedId,rowStatus,${HEADER}`;
    await drop('attendance.csv', whole(['a-1,tobedeleted,,,,,,,,,', `a-2,active,${ROW}`], header));
    const { records } = await readAll(
      source({ columns: { status: 'rowStatus', attendanceStatus: 'status' } }),
    );
    expect(records).toMatchObject([
      { sourcedId: 'a-1', deleted: true },
      { sourcedId: 'a-2', deleted: false },
    ]);
  });

  test('takes the meaning of a code from the configuration', async () => {
    await drop('attendance.csv', whole(['206,101,09/14/2026,,,,WTR,0,400']));
    const { records, codes } = await readAll(
      source({ codes: { WTR: { status: 'absent', excuse: 'excused' } } }),
    );
    expect(records).toMatchObject([{ status: 'absent', excuse: 'excused' }]);
    expect(codes).toMatchObject([{ title: 'WTR', excuse: 'excused' }]);
  });

  test.each([
    ['date', 'date', 'absenceDate', 'personID,schoolNumber,date,absenceDate,status'],
    ['studentSourcedId', 'Student GUID', 'personGUID', 'personGUID,Student GUID,schoolNumber,date,status'],
    ['code', 'code', 'Attendance Code', 'personID,schoolNumber,date,Attendance Code,code'],
  ])(
    'that has two usual headers for the column %s is refused with both',
    async (column, one, other, header) => {
      const row = header.split(',').map(() => '2026-09-14');
      await drop('attendance.csv', whole([row.join()], header));
      const told = await failure(source().offer());
      for (const word of [`"${one}"`, `"${other}"`, `columns.${column}`]) expect(told).toContain(word);
      const chosen = source({ columns: { [column]: one } });
      expect(await chosen.offer()).toMatchObject({ kind: 'ready' });
    },
  );

  test('may have a status of the attendance and one of the row', async () => {
    await drop(
      'attendance.csv',
      whole(['204,101,2026-09-14,A,tobedeleted'], 'personID,schoolNumber,date,attendanceStatus,status'),
    );
    expect((await readAll()).records).toMatchObject([{ deleted: true }]);
    await drop(
      'attendance.csv',
      whole(['204,101,2026-09-14,A,active'], 'personID,schoolNumber,date,status,rowStatus'),
    );
    expect((await readAll()).records).toMatchObject([{ deleted: false, status: 'absent' }]);
  });

  test('has headers of the district’s own', async () => {
    await drop(
      'attendance.csv',
      whole(['204;101;2026-09-14;A'], 'Kind;Haus;Tag;Lage')
        .replace('TRAILER,', 'TRAILER;')
        .replace(`;1,`, ';1;'),
    );
    const { records } = await readAll(
      source({
        delimiter: ';',
        columns: { studentPersonId: 'Kind', schoolNumber: 'Haus', date: 'Tag', attendanceStatus: 'Lage' },
      }),
    );
    expect(records).toMatchObject([{ studentSourcedId: 'personid:204', status: 'absent' }]);
  });
});

describe('a cell that cannot be used costs its row, and is not repeated', () => {
  test.each([
    ['date', `204,101,${CANARY},,A,U,UNX,0,400`],
    ['date', '204,101,02/30/2026,,A,U,UNX,0,400'],
    ['date', '204,101,,,A,U,UNX,0,400'],
    ['status', `204,101,09/14/2026,,${CANARY},U,UNX,0,400`],
    ['excuse', `204,101,09/14/2026,,A,${CANARY},UNX,0,400`],
    ['presentMinutes', `204,101,09/14/2026,,A,U,UNX,${CANARY},400`],
    ['presentMinutes', '204,101,09/14/2026,,A,U,UNX,401,400'],
    ['periodMinutes', '204,101,09/14/2026,,A,U,UNX,0,99999'],
    ['studentSourcedId', ',101,09/14/2026,,A,U,UNX,0,400'],
    ['personID', `${'9'.repeat(300)},101,09/14/2026,,A,U,UNX,0,400`],
    ['schoolSourcedId', '204,,09/14/2026,,A,U,UNX,0,400'],
  ])('%s in %s', async (column, row) => {
    await drop('attendance.csv', whole([ROW, row]));
    const { records, problems } = await readAll();
    expect(records).toHaveLength(1);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems).toLowerCase()).toContain(column.toLowerCase());
    expect(JSON.stringify(problems)).not.toContain(CANARY);
  });

  test('formulas, control and direction marks are text or refused, and change nothing else', async () => {
    const code = '=HYPERLINK(0)\u202Eevil';
    await drop('attendance.csv', whole([`204,101,09/14/2026,,A,U,"${code}",0,400`, ROW]));
    const { records } = await readAll();
    expect(records.at(-1)).toMatchObject({ status: 'absent', date: '2026-09-14' });
    expect(JSON.stringify(records)).not.toContain('\u202E');
  });
});

describe('a file is refused and put aside', () => {
  const refused: [string, string, RegExp][] = [
    ['without its trailer', [HEADER, ROW, ''].join('\r\n'), /trailer/i],
    [
      'whose rows are not as many as it says',
      `${[HEADER, ROW].join('\r\n')}\r\nTRAILER,2,${EXTRACTED}\r\n`,
      /2/,
    ],
    ['that is cut in a quoted cell', `${HEADER}\r\n"204,101,09/14`, /./],
    ['without a column that is needed', whole(['204,101,A'], 'personID,schoolNumber,status'), /date/i],
    ['of the future', whole([ROW], HEADER, '2026-12-24T00:00:00Z'), /future|later|ahead/i],
  ];

  test.each(refused)('%s', async (_name, text, why) => {
    await drop('attendance-1.csv', text);
    const extract = source();
    expect(await failure(extract.offer())).toMatch(/attendance\*\.csv/);
    expect(await readdir(folder)).toEqual(['attendance-1.csv']);
    await extract.end({ kind: 'left' });
    const files = await readdir(join(folder, 'refused'));
    expect(files).toContain('attendance-1.csv');
    const told = await readFile(join(folder, 'refused', 'attendance-1.csv.why.txt'), 'utf8');
    expect(told).toMatch(why);
    expect(told).not.toContain('204');
  });

  test('in another encoding', async () => {
    const path = join(folder, 'attendance.csv');
    await writeFile(
      path,
      Buffer.concat([Buffer.from(`${HEADER}\r\n`), Buffer.from([0x32, 0xe9, 0x2c]), Buffer.from('\r\n')]),
    );
    const at = new Date(NOW.getTime() - 3_600_000);
    await utimes(path, at, at);
    const extract = source();
    await failure(extract.offer());
    await extract.end({ kind: 'left' });
    expect(await readdir(join(folder, 'refused'))).toContain('attendance.csv');
  });

  test('but not the one that came in its place in the meantime', async () => {
    await drop('attendance.csv', `${HEADER}\r\n"204,101`);
    const extract = source();
    await failure(extract.offer());
    await drop('attendance.csv', whole([ROW]));
    await extract.end({ kind: 'left' });
    expect((await readAll()).records).toHaveLength(1);
  });

  test('older than the last one that was used', async () => {
    await drop('attendance-2.csv', whole([ROW]));
    const first = source();
    await readAll(first);
    await first.end({ kind: 'applied' });
    await drop('attendance-1.csv', whole([ROW], HEADER, '2026-10-01T08:00:00Z'));
    const second = source();
    expect(await second.offer()).toMatchObject({ kind: 'nothing-new' });
    await second.end({ kind: 'applied' });
    expect(await readdir(join(folder, 'refused'))).toContain('attendance-1.csv');
  });
});

describe('a file', () => {
  test('that is still being written is left alone', async () => {
    await drop('attendance.csv', [HEADER, ROW].join('\r\n'), 5);
    expect(await failure(source().offer())).toMatch(/still being written/);
    expect(await readdir(folder)).toContain('attendance.csv');
  });

  test('goes to the archive when it was used, aside when it was stopped, and stays when the run failed', async () => {
    await drop('attendance.csv', whole([ROW]));
    const failed = source();
    await readAll(failed);
    await failed.end({ kind: 'left' });
    expect(await readdir(folder)).toContain('attendance.csv');
    const applied = source();
    await readAll(applied);
    await applied.end({ kind: 'applied' });
    expect(await readdir(join(folder, 'archive'))).toContain('attendance.csv');
    await drop('attendance.csv', whole([ROW], HEADER, '2026-10-02T09:00:00Z'));
    const stopped = source();
    await readAll(stopped);
    await stopped.end({ kind: 'waiting', runId: RUN, why: 'a guard stopped it' });
    expect(await readdir(join(folder, 'refused'))).toEqual([]);
    expect(await readdir(join(folder, 'waiting'))).toEqual(['attendance.csv', 'attendance.csv.why.txt']);
    const told = await readFile(join(folder, 'waiting', 'attendance.csv.why.txt'), 'utf8');
    expect(told).toContain('a guard stopped it');
    expect(told).toContain('rollcall runs release 0b5e6c1a');
    expect(await source().offer()).toMatchObject({ kind: 'nothing-new' });
  });

  test('is only looked at by an offer: nothing is moved, made or remembered', async () => {
    await drop('attendance-1.csv', `${HEADER}\r\n"204,101`);
    await drop('attendance-2.csv', whole([ROW]));
    await readAll();
    expect(await readdir(folder)).toEqual(['attendance-1.csv', 'attendance-2.csv']);
  });

  test.each([
    ['side file', 'side-file', false],
    ['side file or trailer', 'either', false],
    ['side file, beside that of an earlier file', 'side-file', true],
  ] as const)('waits a while for its %s, and is refused after it', async (_name, completeness, earlier) => {
    const rows = [HEADER, ROW, ''].join('\n');
    const proof = (count: number) => JSON.stringify({ rows: count, extractedAt: EXTRACTED });
    const end = async () => {
      const extract = source({ completeness });
      const told = await failure(extract.offer());
      await extract.end({ kind: 'left' });
      return told;
    };
    if (earlier) await drop('attendance.csv.done', proof(7), 86_400);
    await drop('attendance.csv', rows, 29 * 60);
    expect(await end()).toMatch(/waits: .*30 minutes/);
    expect(await readdir(folder)).toContain('attendance.csv');
    await drop('attendance.csv', rows, 31 * 60);
    expect(await end()).toMatch(/was refused/);
    expect(await readdir(join(folder, 'refused'))).toContain('attendance.csv');
    await drop('attendance.csv', rows, 29 * 60);
    await drop('attendance.csv.done', proof(1), 61);
    expect((await readAll(source({ completeness }))).records).toHaveLength(1);
  });

  test('may be proved whole by a side file', async () => {
    await drop('attendance.csv', [HEADER, ROW, ''].join('\n'));
    await drop('attendance.csv.done', JSON.stringify({ rows: 1, extractedAt: EXTRACTED }));
    expect((await readAll()).records).toHaveLength(1);
  });

  test('that is the newest of several is used, and the others are put away with it', async () => {
    await drop('attendance-a.csv', whole([ROW], HEADER, '2026-10-01T08:00:00Z'));
    await drop('attendance-b.csv', whole([ROW, '205,101,09/15/2026,,A,U,UNX,0,400']));
    const extract = source();
    expect((await readAll(extract)).records).toHaveLength(2);
    await extract.end({ kind: 'applied' });
    expect((await readdir(join(folder, 'archive'))).filter((name) => name.endsWith('.csv')).sort()).toEqual([
      'attendance-a.csv',
      'attendance-b.csv',
    ]);
  });

  test('of many pages comes page by page, all of it', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `${index + 1},101,09/14/2026,,A,U,UNX,0,400`);
    await drop('attendance.csv', whole(rows));
    const extract = source();
    await extract.offer();
    const sizes: number[] = [];
    for await (const page of extract.records(YEAR)) sizes.push(page.records.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(12_000);
  });
});

describe('a folder', () => {
  test('that is missing is told by its name', async () => {
    expect(await failure(source({ folder: join(folder, 'nowhere') }).offer())).toContain('nowhere');
  });
});

describe('contacts', () => {
  const CONTACT_HEADER =
    'studentPersonID,contactPersonID,contactGUID,firstName,lastName,relationship,guardian,mailing,private,noContact,communicationLanguage,addressLine1,city,state,zip,email,cellPhone';
  const CONTACT = `204,17,guid-17,Eva,"O'Brien, Sánchez",Mother,1,0,1,0,es_MX,"12 North ""A"" Street",Riverbend,CO,80001,eva@example.org,(303) 555-0111`;

  const contactsSource = (columns: Parameters<typeof openContacts>[0]['columns'] = {}) =>
    openContacts({
      folder,
      files: 'contacts*.csv',
      delimiter: ',',
      stableSeconds: 60,
      proofMinutes: 30,
      keepDays: 60,
      completeness: 'either',
      columns,
      now: () => NOW,
    });

  async function readContacts(rows: readonly string[]) {
    await drop('contacts.csv', whole(rows, CONTACT_HEADER));
    const contacts = contactsSource();
    expect(await contacts.offer()).toMatchObject({ kind: 'ready' });
    const records = [];
    const problems = [];
    let unplaced = 0;
    for await (const page of contacts.contacts()) {
      records.push(...page.records);
      problems.push(...page.problems);
      unplaced += page.unplaced ?? 0;
    }
    return { records, problems, unplaced };
  }

  test('say what OneRoster has no field for', async () => {
    const { records, problems } = await readContacts([CONTACT]);
    expect(problems).toEqual([]);
    expect(records).toMatchObject([
      {
        studentSourcedId: 'personid:204',
        personIds: ['guid-17', 'personid:17'],
        givenName: 'Eva',
        familyName: "O'Brien, Sánchez",
        guardian: true,
        mailAllowed: false,
        addressPrivate: true,
        noContact: false,
        wantsPaper: null,
        language: 'es-mx',
        address: { lines: ['12 North "A" Street'], city: 'Riverbend', state: 'CO', postalCode: '80001' },
        email: 'eva@example.org',
      },
    ]);
  });

  test('are kept where a cell cannot be read: flags are on the safe side, and every such cell is told', async () => {
    const { records, problems, unplaced } = await readContacts([
      CONTACT.replace(',Mother,1,0,1,0,', ',Mother,maybe,X,T,court order,')
        .replace('eva@example.org', 'e'.repeat(1_001))
        .replace('12 North', `${'1'.repeat(80)}2 North`)
        .replace('204,17,', '204,=17,'),
      CONTACT.replace(`Eva,"O'Brien, Sánchez"`, ','),
    ]);
    expect(records).toMatchObject([
      {
        personIds: ['guid-17'],
        guardian: false,
        mailAllowed: false,
        addressPrivate: true,
        noContact: true,
        email: null,
        address: null,
        phone: '(303) 555-0111',
      },
      { personIds: ['guid-17', 'personid:17'], givenName: '', familyName: '', noContact: false },
    ]);
    expect(problems.map(({ row, field }) => `${row}: ${field}`).sort()).toEqual([
      'contacts.csv line 2: addressLine1',
      'contacts.csv line 2: contactPersonID',
      'contacts.csv line 2: email',
      'contacts.csv line 2: guardian',
      'contacts.csv line 2: mailing',
      'contacts.csv line 2: noContact',
      'contacts.csv line 2: private',
      'contacts.csv line 3: lastName',
    ]);
    expect(unplaced).toBe(0);
  });

  test.each([
    ['contactPersonID', CONTACT.replace('204,17,guid-17', '204,,')],
    ['studentPersonID', CONTACT.replace('204,', ',')],
  ])('cannot be used without a %s that is one', async (column, row) => {
    const { records, problems, unplaced } = await readContacts([CONTACT, row]);
    expect(records).toHaveLength(1);
    expect(problems).toHaveLength(1);
    expect(unplaced).toBe(1);
    expect(JSON.stringify(problems).toLowerCase()).toContain(column.toLowerCase().slice(0, 7));
  });

  describe('without a column that protected people in the last file', () => {
    const [LATER, LATEST] = ['2026-10-02T08:30:00.000Z', '2026-10-02T09:00:00.000Z'];

    beforeEach(async () => {
      await drop('contacts.csv', whole([CONTACT], CONTACT_HEADER));
      const contacts = contactsSource();
      expect(await contacts.offer()).toMatchObject({ kind: 'ready' });
      await contacts.end({ kind: 'applied' });
    });

    test.each([
      ['noContact', 'Contact Restricted'],
      ['mailing', 'Gets post'],
      ['guardian', 'Legal guardian'],
      ['private', 'Unlisted'],
    ])('are refused in plain words: %s', async (column, renamed) => {
      const header = CONTACT_HEADER.replace(`,${column},`, `,${renamed},`);
      await drop('contacts-2.csv', whole([CONTACT], header, LATER));
      const contacts = contactsSource();
      expect(await contacts.offer()).toMatchObject({ kind: 'nothing-new' });
      expect(contacts.refusals()).toEqual([
        {
          file: 'contacts-2.csv',
          why: expect.stringMatching(`no longer has the column ${column}.*sis\\.contacts\\.columns`),
        },
      ]);
      await contacts.end({ kind: 'applied' });
      await drop('contacts-3.csv', whole([CONTACT], header, LATEST));
      expect(await contactsSource({ [column]: renamed }).offer()).toMatchObject({ kind: 'ready' });
    });

    test('are taken where only other columns are gone', async () => {
      await drop('contacts-2.csv', whole([CONTACT], CONTACT_HEADER.replace('email', 'other'), LATER));
      expect(await contactsSource().offer()).toMatchObject({ kind: 'ready' });
    });
  });
});
