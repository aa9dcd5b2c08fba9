import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { fileRefOf } from '../../src/store/file-view.ts';
import { insertHolds } from '../../src/store/holds.ts';
import { unlockDocuments } from '../../src/wiring/unlock-documents.ts';
import { fileAPage, MEETING_FIELDS } from '../support/asked.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { MANY } from '../support/sis-records.ts';
import { type Fields, formOf, type Visitor } from '../support/visitor.ts';

/**
 * One case whose packet has left, on the day after. The pages have a single connection: a form that asked for another
 * beside its transaction would wait for itself.
 */
let office: PagesOffice;
let narrow: Database;
let administrator: Visitor;
let officer: Visitor;
/** Where things are. */
const at = { file: '', case: '', contact: '', document: '', meeting: '', laterMeeting: '', contract: '' };

beforeAll(async () => {
  office = await openPagesOffice({
    district: (text) => text.replace('delivery: mail', 'delivery: link'),
    policy: (text) =>
      text.replace(
        /^holds:\n/m,
        'holds:\n  fromSis:\n    - { field: homeless, is: ["Y"], kind: homelessness, owner: counselor }\n    - { field: deceased, is: ["true"], kind: deceased, owner: administrator }\n',
      ),
    async deps(deps, { url, config }) {
      narrow = openDatabase({ url, maxConnections: 1 });
      await unlockDocuments(narrow.db, config);
      return { ...deps, db: narrow.db, letterbox: { ...deps.letterbox, db: narrow.db } };
    },
  });
  office.mode('live');
  office.absent(MANY);
  await office.days('2026-09-21', '2026-09-22');
  await office.answer('contact-family', 'reached');
  at.document = `/documents/${await fileAPage(office)}`;
  await office.days('2026-09-28', '2026-09-29');
  const { ref } = await office.db.selectFrom('referral').select('ref').executeTakeFirstOrThrow();
  at.case = `/case/${ref}`;
  at.file = `/files/${await fileRefOf(office.db, await office.studentId())}`;
  office.at('2026-09-30', '10:00');
  administrator = await office.signedIn(
    office.config.staffFor('administrator', office.school)[0]?.email ?? '',
  );
  officer = await office.signedIn(office.config.truancyOfficer.email);
}, 120_000);
afterAll(async () => {
  await office?.close();
  await narrow?.close();
});

describe('what was recorded', () => {
  test('is a contact, a meeting that nobody came to, a signature and an outcome', async () => {
    at.contact = await sends(administrator, `${at.file}/contacts`, {
      outcome: 'reached',
      guardian: '',
      note: '',
      on: '2026-09-30',
    });
    const today = { ...MEETING_FIELDS, on: '2026-09-30', families: [] };
    at.meeting = await sends(administrator, `${at.file}/meetings`, today);
    await sends(administrator, `${at.meeting}/outcome`, { outcome: 'parent-absent', note: '' }, at.meeting);
    at.contract = await sends(administrator, `${at.file}/contracts`, {
      begins: '2026-10-01',
      ends: '2026-12-01',
      allowedDays: '2',
      basis: 'all',
      graceDays: '3',
      exceptCodes: '',
      note: '',
    });
    await sends(administrator, `${at.contract}/start`, { signedOn: '' }, at.contract);
    expect(await says(`${at.contract}/unsign`, NO_REASON)).toContain(
      'There is nothing of the kind to take back.',
    );
    await sends(administrator, `${at.contract}/sign`, { signedOn: '2026-09-30' }, at.contract);
    expect(await says(`${at.case}/outcome/undo`, {}, officer)).toContain(
      'There is nothing of the kind to take back.',
    );
    await sends(officer, `${at.case}/outcome`, { outcome: 'accepted', note: '' }, at.case);
  });

  const A_DAY_AGO = sql`${sql.lit('2026-09-29T09:59:00-06:00')}::timestamptz`;
  const recorded = {
    contact: { table: 'contact_log_entry', column: 'at' },
    meeting: { table: 'meeting', column: 'changed_at' },
    signature: { table: 'attendance_contract', column: 'signature_recorded_at' },
    outcome: { table: 'case_event', column: 'at' },
  } as const;
  const INSTEAD = {
    contact: 'log what is right beside it',
    meeting: 'write what is right into a note with the student’s documents',
    signature: 'end the contract, and record a new one',
    outcome: 'record the outcome that is right; the latest one counts',
  } as const;
  const kinds = ['contact', 'meeting', 'signature', 'outcome'] as const;
  const undo = (kind: (typeof kinds)[number]) =>
    kind === 'outcome'
      ? says(`${at.case}/outcome/undo`, {}, officer)
      : says(
          `${{ contact: at.contact, meeting: at.meeting, signature: at.contract }[kind]}/${kind === 'signature' ? 'unsign' : 'undo'}`,
          NO_REASON,
        );

  test.each(kinds)('stays under a hold that stops everything: %s', async (kind) => {
    await sql`insert into hold (ref, student_id, kind, scope, begins, owner)
      values ('H-TEST-HOLD', ${await office.studentId()}, 'missing', 'absolute', '2026-09-30', 'administrator')`.execute(
      office.db,
    );
    try {
      expect(await undo(kind)).toContain('A hold stops everything about this student.');
    } finally {
      await sql`delete from hold where ref = 'H-TEST-HOLD'`.execute(office.db);
    }
  });

  test.each(kinds)('stays after 24 hours: %s', async (kind) => {
    const { table, column } = recorded[kind];
    const [name, moment] = [sql.table(table), sql.ref(column)];
    const { rows } = await sql<{ was: Date }>`select max(${moment}) as was from ${name}`.execute(office.db);
    await sql`update ${name} set ${moment} = ${A_DAY_AGO} where ${moment} = ${rows[0]?.was}`.execute(
      office.db,
    );
    try {
      expect(await undo(kind)).toContain(
        `It was recorded more than 24 hours ago: it stays. Please ${INSTEAD[kind]}.`,
      );
    } finally {
      await sql`update ${name} set ${moment} = ${rows[0]?.was} where ${moment} = ${A_DAY_AGO}`.execute(
        office.db,
      );
    }
  });

  test.each(kinds)('stays once the officer has a file that rests on it: %s', async (kind) => {
    const { rows } = await sql<{ was: Date }>`select built_at as was from packet`.execute(office.db);
    await sql`update packet set built_at = ${office.moment().now}`.execute(office.db);
    // An outcome is in no packet of its own case.
    if (kind === 'outcome')
      await sql`update packet set referral_id = ${await otherCase()}`.execute(office.db);
    try {
      expect(await undo(kind)).toContain(
        `The truancy officer has a file that rests on it: it stays. Please ${INSTEAD[kind]}, and tell the officer.`,
      );
    } finally {
      await sql`update packet set built_at = ${rows[0]?.was},
        referral_id = (select id from referral where step = 'referral')`.execute(office.db);
    }
  });

  test.each(kinds.filter((kind) => kind !== 'meeting'))(
    'can be taken back else, and once: %s',
    async (kind) => {
      const path = {
        contact: `${at.contact}/undo`,
        signature: `${at.contract}/unsign`,
        outcome: `${at.case}/outcome/undo`,
      }[kind as 'contact'];
      const [who, fields] = kind === 'outcome' ? [officer, {}] : [administrator, NO_REASON];
      await sends(who, path, fields, path.replace(/\/(undo|unsign|outcome\/undo)$/, ''));
      expect(await undo(kind)).toContain(
        kind === 'contact' ? 'It was taken back before.' : 'There is nothing of the kind to take back.',
      );
    },
  );
});

describe('a meeting', () => {
  test('stays as it was recorded once somebody has gone on from it with another one', async () => {
    at.laterMeeting = await sends(administrator, `${at.file}/meetings`, MEETING_FIELDS);
    expect(await says(`${at.meeting}/undo`, NO_REASON)).toContain(
      'Somebody has gone on from it, with another meeting or the decision that none is needed: it stays.',
    );
  });

  test('of which nothing is recorded has nothing to take back', async () => {
    expect(await says(`${at.laterMeeting}/undo`, NO_REASON)).toContain(
      'There is nothing of the kind to take back.',
    );
  });

  test('stays off once the invited have heard that it is', async () => {
    await office.work();
    await sends(
      administrator,
      `${at.laterMeeting}/outcome`,
      { outcome: 'refused', note: '' },
      at.laterMeeting,
    );
    await office.work();
    expect(await says(`${at.laterMeeting}/undo`, NO_REASON)).toContain(
      'Whoever was invited has heard that the meeting is off: it stays. Please schedule a new meeting.',
    );
  });
});

describe('a hold', () => {
  const because = 'It is over.';

  test('ends once', async () => {
    await sends(administrator, `${at.file}/holds`, {
      kind: 'bereavement',
      scope: '',
      until: '2026-10-05',
      owner: 'counselor',
      reason: 'a death',
    });
    const ref = await lastHold();
    const end = `${at.file}/holds/${ref}/end`;
    await sends(administrator, end, { because }, `${at.file}/holds`);
    expect(await says(end, { because })).toContain(`Hold ${ref} had ended before.`);
  });

  /** As the night's read places it. @param key of the field and what it means */
  const ofSis = async (key: string, flags: Record<string, string>) => {
    const studentId = await office.studentId();
    const [begins, now] = [office.moment().today, office.moment().now];
    const hold = { studentId, kind: 'homelessness', scope: 'everything', begins, ends: null } as const;
    const placed = {
      owner: 'counselor',
      reason: 'the SIS',
      source: 'sis',
      sourceKey: key,
      by: 'SIS',
    } as const;
    const [ref = ''] = await insertHolds(office.db, [{ ...hold, ...placed }], now);
    await sql`update student set flags = ${JSON.stringify(flags)}::jsonb where id = ${studentId}`.execute(
      office.db,
    );
    return `${at.file}/holds/${ref}/end`;
  };

  test('that the SIS still asks for does not end here, nor one of a field that cannot be read', async () => {
    const flagged = await ofSis('homeless:homelessness:everything', { homeless: 'Y', deceased: 'false' });
    expect(await says(flagged, { because })).toMatch(
      /The field homeless of the SIS still asks for hold H-\S+: correct it there first\./,
    );
    const unread = await ofSis('deceased:deceased:absolute:unread', { homeless: 'N' });
    expect(await says(unread, { because })).toMatch(
      /The field deceased of the SIS cannot be read: hold H-\S+ ends by itself once it can\./,
    );
  });
});

test.each<[string, string, Fields, string]>([
  ['of a day to come', 'class', { kind: 'other', on: '2026-10-01' }, 'has to be today or before'],
  [
    'as what it is',
    'class',
    { kind: 'other', on: '2026-09-02' },
    'what the document is on record as already',
  ],
])('a document is not put right %s', async (_what, action, fields, words) => {
  expect(await says(`${at.document}/${action}`, fields)).toContain(words);
});

test('a document that was taken out of the file stays out, and as it was', async () => {
  const because = 'It is of another family.';
  await sends(administrator, `${at.document}/remove`, { because }, at.document);
  for (const [action, fields] of [
    ['class', { kind: 'medical-note', on: '2026-09-02' }],
    ['remove', { because }],
  ] as const)
    expect(await says(`${at.document}/${action}`, fields)).toContain(
      'Somebody else has taken this document out of the file.',
    );
});

test('what is not there cannot be taken back', async () => {
  for (const path of [
    '/contacts/K-2222-2222/undo',
    `${at.file}/meetings/E-2222-2222/undo`,
    `${at.file}/contracts/C-2222-2222/unsign`,
    `${at.file}/holds/H-2222-2222/end`,
    '/documents/D-2222-2222/remove',
  ])
    expect((await administrator.post(path, { ...(await hidden(administrator)), because: 'x' })).status).toBe(
      404,
    );
});

test('a search reads, and so does whoever looks meanwhile', async () => {
  const page = await administrator.get('/files');
  const found = await Promise.all([
    administrator.submit(page, { words: 'ada' }, '/files'),
    administrator.get(at.file),
    administrator.get('/tasks'),
  ]);
  expect(found.map(({ status }) => status)).toEqual([200, 200, 200]);
});

const NO_REASON = { because: '' };

/** What every form of this person carries; the page of the form itself may have been open since before. */
async function hidden(visitor: Visitor) {
  return formOf((await visitor.get('/away')).body, '/sign-out').hidden;
}

/** Sends a form that is taken. @param page where it stands. @returns where it leads */
async function sends(visitor: Visitor, action: string, fields: Fields, page = action): Promise<string> {
  const answer = await visitor.submit(await visitor.get(page), fields, action);
  expect([action, answer.status, answer.text]).toEqual([action, 303, '']);
  return answer.location ?? '';
}

/** Sends a form that is refused. @returns the page that says why */
async function says(action: string, fields: Fields, visitor = administrator): Promise<string> {
  const answer = await visitor.post(action, { ...(await hidden(visitor)), ...fields });
  expect([action, answer.status]).toEqual([action, 422]);
  return answer.text;
}

async function lastHold(): Promise<string> {
  const row = await office.db
    .selectFrom('hold')
    .select('ref')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  return row.ref;
}

/** Another case about Ada, from another step. */
async function otherCase(): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into referral (ref, student_id, school_year, school_id, step, state, gaps, opened_on, evaluation_id, policy_version,
      changed_at)
    select 'R-2222-2222', student_id, school_year, school_id, 'another', 'delivered', '[]', opened_on, evaluation_id,
      policy_version, changed_at from referral where step = 'referral'
    on conflict do nothing returning id`.execute(office.db);
  return rows[0]?.id ?? '';
}
