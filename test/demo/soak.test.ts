import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createTransport } from 'nodemailer';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { mishapsOf } from '../../src/demo/soak/bad-day.ts';
import { deliveredOnce, nothingIsStuck } from '../../src/demo/soak/find-letters.ts';
import { owedIsExplained } from '../../src/demo/soak/find-steps.ts';
import { workWasDone } from '../../src/demo/soak/find-work.ts';
import type { Finding, Played } from '../../src/demo/soak/finding.ts';
import { findOut } from '../../src/demo/soak/findings.ts';
import { startMailServer } from '../../src/demo/soak/mail-server.ts';
import { memoryTrend } from '../../src/demo/soak/memory.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { recordAudit } from '../../src/store/audit-log.ts';
import { runRollcall } from '../support/command-line.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

describe('a few weeks with mishaps', () => {
  test('hold, and the command says what befell them', async () => {
    const data = await mkdtemp(join(tmpdir(), 'rollcall-soak-'));
    try {
      const size = [
        '--students',
        '60',
        '--schools',
        '1',
        '--seed',
        '57',
        '--from',
        '2026-10-05',
        '--until',
        '2026-10-23',
      ];
      const { code, out, err } = await runRollcall(['--data', data, 'demo', '--year', ...size], {});
      expect({ code, out, err }).toMatchObject({ code: 0 });
      expect(out).toContain('Everything held. Memory was not judged: too few days.');
      expect(out).toMatch(/process stood still/);
      expect(out).toMatch(/database: the session of the leader ended/);
      expect(out).toMatch(/mail server: /);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }, 180_000);

  test('are those of their seed, and differ from day to day', () => {
    const year = (seed: number) => Array.from({ length: 200 }, (_, day) => mishapsOf(seed, day));
    expect(year(1)).toEqual(year(1));
    expect(year(1)).not.toEqual(year(2));
    const kinds = new Set(year(1).flatMap((day) => day.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      'clock',
      'cut',
      'database',
      'freeze',
      'kill',
      'kill-unheard',
      'lead',
      'mail',
      'off',
      'queue',
      'reload',
      'restart',
      'sis',
    ]);
  });
});

describe('what does not hold is found', () => {
  let office: Office;
  let played: Played;
  beforeEach(async () => {
    office = await openOffice();
    office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 2)));
    await office.days('2026-09-14', '2026-09-21');
    played = await whatWasPlayed(office);
  });
  afterEach(() => office.close());

  /** What is broken, how, how that is undone, and what then is said to be wrong. */
  const BREAKS: readonly (readonly [
    what: string,
    breaks: string,
    mends: string,
    found: readonly string[],
  ])[] = [
    [
      'a step that was never noticed',
      `update ladder_step set step = 'another' where step = 'contact'`,
      `update ladder_step set step = 'contact' where step = 'another'`,
      ['Every step that the absences in the SIS ask for was noticed, and no other'],
    ],
    [
      'a step that nobody has reached',
      `update ladder_step set step = 'medical-letter' where step = 'contact'`,
      `update ladder_step set step = 'contact' where step = 'medical-letter'`,
      ['Every step that the absences in the SIS ask for was noticed, and no other'],
    ],
    [
      'a step that is taken, and nothing has come of it',
      `update letter set state = 'cancelled', message_id = message_id || '-'`,
      `update letter set state = 'sent', message_id = left(message_id, -1)`,
      [
        'Every step that the absences in the SIS ask for was noticed, and no other',
        'Nobody got a letter or a packet twice',
      ],
    ],
    [
      'a step that is owed, with a task that is about something else',
      `update ladder_step set state = 'owed' where step = 'first-letter'`,
      `update ladder_step set state = 'taken' where step = 'first-letter'`,
      ['Every step that is owed and not taken is explained'],
    ],
    [
      'a letter that was planned weeks ago',
      `update letter set state = 'planned', due_at = null, message_id = message_id || '-'`,
      `update letter set state = 'sent', message_id = left(message_id, -1)`,
      [
        'Every step that the absences in the SIS ask for was noticed, and no other',
        'No letter is half-way with nobody asked',
        'Nobody got a letter or a packet twice',
      ],
    ],
    [
      'a letter that a process was about to send',
      `update letter set state = 'transmitting'`,
      `update letter set state = 'sent'`,
      [
        'Every step that the absences in the SIS ask for was noticed, and no other',
        'No letter is half-way with nobody asked',
        'Sent means delivered, and delivered means sent or uncertain',
      ],
    ],
  ];

  test('each for itself', async () => {
    expect(await office.steps()).toMatchObject({ 'first-letter': 'taken' });
    expect(wrongIn(await findOut(played))).toEqual([]);
    for (const [what, breaks, mends, found] of BREAKS) {
      for (const statement of breaks.split('; ')) await sql.raw(statement).execute(office.db);
      expect({ what, found: wrongIn(await findOut(played)) }).toEqual({ what, found });
      await sql.raw(mends).execute(office.db);
      expect({ what, found: wrongIn(await findOut(played)) }).toEqual({ what, found: [] });
    }
  });

  test('in the SIS, at the mail server and in the log', async () => {
    const [sis] = played.sis;
    const without = { ...sis, absences: sis.absences.slice(1) };
    expect(wrongIn(await findOut({ ...played, sis: [without] }))).toContain(
      'The ledger says what the SIS says',
    );
    const twice = new Map(
      [...played.delivered].map(([id, mail]) => [id, { ...mail, to: [...mail.to, ...mail.to] }]),
    );
    expect(wrongIn(await findOut({ ...played, delivered: twice }))).toEqual([
      'Sent means delivered, and delivered means sent or uncertain',
      'Nobody got a letter or a packet twice',
    ]);
    expect(wrongIn(await findOut({ ...played, delivered: new Map() }))).toEqual([
      'Sent means delivered, and delivered means sent or uncertain',
    ]);
    expect(wrongIn(await findOut({ ...played, log: 'Zephyrine Quillon' }))).toEqual(['The log names nobody']);
  });

  test('in the audit log', async () => {
    await recordAudit(office.db, {
      at: new Date('2026-10-01T15:00:00Z'),
      actor: { kind: 'staff', name: 'Clara Clerk', email: 'clara@example.org' },
      from: null,
      action: 'file-viewed',
      studentId: 1,
      subject: 'F-1',
      detail: {},
    });
    expect(wrongIn(await findOut(played))).toEqual([]);
    await sql.raw('alter table audit_event disable trigger audit_event_only_grows').execute(office.db);
    await sql.raw(`update audit_event set actor_name = 'somebody'`).execute(office.db);
    expect(wrongIn(await findOut(played))).toEqual(['The audit log is whole']);
  });

  test('also a second letter to the same person in a row of its own', async () => {
    await sql`
      with second as (
        insert into letter select (jsonb_populate_record(l, jsonb_build_object(
          'id', gen_random_uuid(), 'ref', 'L-SECOND', 'message_id', '<second@example.org>',
          'envelope_to', 'elsewhere@example.org'))).* from letter l
        returning id)
      insert into letter_addressee (letter_id, guardian_id, key, live)
      select second.id, a.guardian_id, a.key, false from second, letter_addressee a`.execute(office.db);
    const mail = { kind: 'letter', ref: 'L-SECOND', to: [['elsewhere@example.org']] };
    const delivered = new Map([...played.delivered, ['<second@example.org>', mail]]);
    expect(wrongIn(await findOut({ ...played, delivered }))).toEqual([
      'Nobody got a letter or a packet twice',
    ]);
  });

  test('also a second letter to the same mailbox, whomever the rows name', async () => {
    await sql`
      insert into letter select (jsonb_populate_record(l, jsonb_build_object(
        'id', gen_random_uuid(), 'ref', 'L-SECOND', 'message_id', '<second@example.org>'))).* from letter l`.execute(
      office.db,
    );
    const [[, mail] = []] = played.delivered;
    const second = { kind: 'letter', ref: 'L-SECOND', to: mail?.to ?? [] };
    const delivered = new Map([...played.delivered, ['<second@example.org>', second]]);
    expect((await deliveredOnce({ ...played, delivered })).wrong).toEqual([
      `${mail?.ref} and L-SECOND: to the same mailbox or person for the same step`,
    ]);
  });

  test.each([
    ['none', () => [[]]],
    ['another', () => [['elsewhere@example.org']]],
    ['one more', (box: string) => [[box, 'elsewhere@example.org']]],
  ])('a mail for another mailbox than that of its envelope: %s', async (_, boxesOf) => {
    const delivered = new Map(
      [...played.delivered].map(([id, mail]) => [id, { ...mail, to: boxesOf(mail.to[0]?.[0] ?? '') }]),
    );
    expect((await deliveredOnce({ ...played, delivered })).wrong).toEqual([
      expect.stringMatching(/^L-.*: not to the one mailbox of its envelope$/),
    ]);
  });

  test('a letter about which nobody is asked, whatever else is asked about its step', async () => {
    const { db } = office;
    const found = async () => [
      ...(await nothingIsStuck(played)).wrong,
      ...(await owedIsExplained(played)).wrong,
    ];
    const both = [expect.stringMatching(/^L-.* uncertain$/), 'ada first-letter'];
    await sql`update letter set state = 'uncertain'`.execute(db);
    await sql`update ladder_step set state = 'owed' where step = 'first-letter'`.execute(db);
    await sql`update task set letter_id = (select id from letter) where kind = 'consider-meeting'`.execute(
      db,
    );
    expect(await office.openTasks()).toContain('consider-meeting');
    expect(await found()).toEqual(both);
    const resolve = (state: string) =>
      sql`update task set kind = 'resolve-letter', state = ${state},
        key = 'resolve-letter:' || letter_id where letter_id is not null`.execute(db);
    await resolve('done');
    expect(await found()).toEqual(both);
    await resolve('open');
    expect(await found()).toEqual([]);
  });

  test('a step that waits for what cannot be seen elsewhere', async () => {
    const { db } = office;
    const [sis] = played.sis;
    const [student] = sis.students;
    const [mother] = sis.guardians;
    const [row] = sis.absences;
    if (student === undefined || mother === undefined || row === undefined)
      throw new Error('nobody is there');
    const withSis = (change: Partial<typeof sis>): Played => ({ ...played, sis: [{ ...sis, ...change }] });
    const withStudent = (facts: object) =>
      withSis({ students: [{ ...student, facts: { ...student.facts, ...facts } }] });
    const withMother = (facts: object) =>
      withSis({ guardians: [{ ...mother, facts: { ...mother.facts, ...facts } }] });
    const placeHold = async (scope: string, ends: string) => {
      await sql`
        insert into hold (student_id, kind, scope, begins, ends, owner)
        values (${await office.studentId()}, 'bereavement', ${scope}, '2026-10-01', ${ends}::date, 'counselor')`.execute(
        db,
      );
      return played;
    };
    const links = [true, false].map((guardian) => ({ student: 'ada', type: 'mother', guardian }));
    const unknownCode = { ...row, facts: { ...row.facts, code: 'zzz' } };
    const CASES: readonly (readonly [
      block: { readonly kind: string; readonly codes?: readonly string[] },
      waits: boolean,
      played: () => Played | Promise<Played>,
    ])[] = [
      [{ kind: 'stale-records' }, false, () => played],
      [{ kind: 'unmeasured' }, false, () => played],
      [{ kind: 'unknown-age' }, false, () => played],
      [{ kind: 'not-enrolled' }, false, () => played],
      [{ kind: 'not-enrolled' }, true, () => withSis({ students: [] })],
      [{ kind: 'no-recipient' }, false, () => played],
      [{ kind: 'no-recipient' }, true, () => withMother({ noContact: true })],
      [{ kind: 'age-18' }, false, () => withStudent({ birthDate: '2008-10-31' })],
      [{ kind: 'age-18' }, true, () => withStudent({ birthDate: '2008-10-30' })],
      [{ kind: 'unmapped-code', codes: ['zzz'] }, false, () => played],
      [{ kind: 'unmapped-code', codes: ['zzz'] }, true, () => withSis({ absences: [unknownCode] })],
      [{ kind: 'contradictory-record' }, false, () => played],
      [{ kind: 'contradictory-record' }, true, () => withSis({ absences: [row, row] })],
      [{ kind: 'contradictory-guardianship' }, false, () => played],
      [{ kind: 'contradictory-guardianship' }, true, () => withMother({ relationships: links })],
      [{ kind: 'notice' }, false, () => played],
      [{ kind: 'notice' }, true, () => withNotice(played, 40)],
      [{ kind: 'approval' }, false, () => played],
      [{ kind: 'hold' }, false, () => played],
      [{ kind: 'hold' }, false, () => placeHold('everything', '2026-10-29')],
      [{ kind: 'hold' }, false, () => placeHold('referral', '2026-10-30')],
      [{ kind: 'hold' }, true, () => placeHold('letters', '2026-10-30')],
      [{ kind: 'absolute' }, false, () => played],
      [{ kind: 'absolute' }, true, () => placeHold('absolute', '2026-10-01')],
    ];
    for (const [block, waits, play] of CASES) {
      await sql`
        update ladder_step set state = 'owed', blocks = ${JSON.stringify([block])} where step = 'first-letter'`.execute(
        db,
      );
      const { wrong } = await owedIsExplained(await play());
      expect({ block, wrong }).toEqual({ block, wrong: waits ? [] : [`ada first-letter ${block.kind}`] });
    }
    await sql`update ladder_step set blocks = '[{"kind":"approval"}]' where step = 'first-letter'`.execute(
      db,
    );
    await sql`update task set kind = 'approval' where step = 'first-letter'`.execute(db);
    expect((await owedIsExplained(played)).wrong).toEqual([]);
  });

  test('a whole year in which too little has come about', async () => {
    const { db } = office;
    const year = { ...played, wholeYear: true };
    const none = (what: string) => `${what}: for 0 students, expected at least 1`;
    const others = [none('packets to the officer'), none('contacts')];
    expect((await workWasDone(played)).wrong).toEqual([]);
    expect((await workWasDone(year)).wrong).toEqual(others);
    const nothingLeft = await findOut({ ...year, delivered: new Map() });
    expect(nothingLeft).toContainEqual({
      what: 'Letters, packets and contacts have come about',
      looked: 0,
      wrong: [none('letters by e-mail'), ...others],
    });
    expect(nothingLeft).toContainEqual({
      what: 'Nobody got a letter or a packet twice',
      looked: 0,
      wrong: ['there was nothing to look at'],
    });
    const [sis] = played.sis;
    const guardians = sis.guardians.map((one) => ({ ...one, facts: { ...one.facts, wantsPaper: true } }));
    expect((await workWasDone({ ...year, sis: [{ ...sis, guardians }] })).wrong).toEqual([
      none('letters on paper'),
      ...others,
    ]);
    await sql`
      insert into contact_log_entry (ref, student_id, school_year, on_date, at, by_name, outcome)
      values ('C-1', ${await office.studentId()}, '2027', '2026-10-01', '2026-10-01T15:00:00Z', 'Clerk', 'reached')`.execute(
      db,
    );
    expect((await workWasDone(year)).wrong).toEqual([none('packets to the officer')]);
  });
});

describe('the mail server of the soak', () => {
  test('keeps for whom a mail came, and knows who has sent it', async () => {
    const server = await startMailServer();
    const connection = createTransport({ ...addressOf(server.url), name: 'process-2', ignoreTLS: true });
    const mail = (to: string[]) => ({
      envelope: { from: 'office@example.org', to },
      raw: 'Message-ID: <one@example.org>\r\nX-Rollcall-Kind: letter\r\nX-Rollcall-Ref: L-ONE\r\n\r\nHello.\r\n',
    });
    try {
      const senders: string[] = [];
      server.onMail = (sender) => {
        senders.push(sender);
        return senders.length === 2;
      };
      await connection.sendMail(mail(['ada@example.org', 'bob@example.org']));
      await expect(connection.sendMail(mail(['ada@example.org']))).rejects.toThrow();
      expect(senders).toEqual(['process-2', 'process-2']);
      const to = [['ada@example.org', 'bob@example.org'], ['ada@example.org']];
      expect([...server.delivered]).toEqual([['<one@example.org>', { kind: 'letter', ref: 'L-ONE', to }]]);
    } finally {
      connection.close();
      await server.close();
    }
  });
});

describe('memory', () => {
  const samples = (bytes: (day: number) => number) =>
    Array.from({ length: 140 }, (_, day) => ({ day, bytes: bytes(day) * 1024 * 1024 }));

  test.each<[string, (day: number) => number, boolean, number]>([
    ['that grows while everything is loaded, then stays', (day) => (day < 30 ? 100 + 5 * day : 250), true, 0],
    ['that goes up and down', (day) => 200 + 20 * (day % 5), true, 0],
    [
      'that loads a part twice in a year',
      (day) => 200 + (day > 90 ? 12 : 0) + (day > 150 ? 9 : 0) + (day % 4),
      true,
      0,
    ],
    ['of which some is lost with each reload', (day) => 200 + 8 * Math.floor(day / 12), false, 67],
    ['of which a little is lost each day', (day) => 200 + 0.5 * day, false, 50],
    ['of which some is lost each day', (day) => 200 + 3 * day + 10 * (day % 3), false, 300],
  ])('%s', (_, bytes, flat, slope) => {
    const trend = memoryTrend(samples(bytes), 40);
    expect(trend?.flat).toBe(flat);
    expect(Math.abs((trend?.slope ?? 0) - slope)).toBeLessThan(5);
  });

  test('of a few weeks is not judged', () => {
    expect(memoryTrend(samples(() => 1).slice(0, 90), 40)).toBeNull();
  });
});

function wrongIn(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ what, wrong }) => (wrong.length === 0 ? [] : [what]));
}

function withNotice(played: Played, noticeDays: number): Played {
  const steps = played.law.steps.map((step) => ({ ...step, noticeDays }));
  return { ...played, law: { ...played.law, steps } };
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** What would have been played, had the office been the district. */
async function whatWasPlayed({ db, sis, config, school }: Office): Promise<Played> {
  const rows = await db
    .selectFrom('absence_record')
    .select(['sourced_id', 'date', 'kind', 'code_sourced_id'])
    .execute();
  const letter = await db
    .selectFrom('letter')
    .select(['ref', 'message_id', 'envelope_to'])
    .executeTakeFirstOrThrow();
  const version = (sourcedId: string, facts: object) => ({ sourcedId, knownAt: 0, state: 'active', facts });
  const named = { givenName: 'Zephyrine', familyName: 'Quillon', email: null, birthDate: '2015-03-01' };
  const enrolments = [{ school, primary: true, begins: '2026-08-19', ends: null }];
  const state = {
    students: sis.students.map(({ sourcedId }) => version(sourcedId, { ...named, enrolments })),
    guardians: sis.guardians.map(({ sourcedId, email, address }) =>
      version(sourcedId, {
        givenName: 'Xanthe',
        familyName: 'Quillon',
        role: 'guardian',
        email,
        address,
        mailing: true,
        noContact: false,
        wantsPaper: false,
        relationships: [{ student: 'ada', type: 'mother', guardian: true }],
      }),
    ),
    codes: [version('unx', { title: 'UNX', status: 'absent', excuse: 'unexcused' })],
    absences: rows.map(({ sourced_id, date, kind, code_sourced_id }) =>
      version(sourced_id, {
        student: 'ada',
        school,
        date,
        kind,
        period: null,
        dayFraction: '1',
        minutesAbsent: 400,
        code: code_sourced_id,
      }),
    ),
  };
  const { calendar } = buildDistrict({
    seed: 1,
    schools: 1,
    students: 0,
    schoolYear: 2027,
    timeZone: 'America/Denver',
  });
  return {
    db,
    dataDir: config.dataDir,
    today: schoolDate('2026-10-30'),
    wholeYear: false,
    sis: [state as never],
    law: {
      ...calendar,
      wholeDayMinutes: 240,
      halfDayMinutes: 120,
      suspensions: ['SUS'],
      steps: [
        { id: 'contact', at: 4, settleDays: 1 },
        { id: 'first-letter', at: 7, settleDays: 3, letter: 'first-letter' },
        { id: 'medical-letter', at: 10, settleDays: 3, letter: 'medical-letter' },
      ],
    },
    delivered: new Map([
      [letter.message_id ?? '', { kind: 'letter', ref: letter.ref, to: [[letter.envelope_to ?? '']] }],
    ]),
    log: '{"event":"letter-sent"}\n',
  };
}
