import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { AuditEvent } from '../../src/domain/audit.ts';
import { type AuditAnchor, auditAnchor, sealAudit } from '../../src/store/audit-chain.ts';
import { recordAudit, recordAudits } from '../../src/store/audit-log.ts';
import { verifyAudit } from '../../src/store/audit-verify.ts';
import { openTestDatabase } from '../support/open-test-database.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.drop());

const clerk = { kind: 'staff', name: 'Clara Clerk', email: 'clara@example.org' } as const;

function anEvent(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    at: new Date('2026-10-01T15:00:00.123Z'),
    actor: clerk,
    from: '192.0.2.7',
    action: 'file-viewed',
    studentId: 7,
    subject: 'F-1',
    detail: { b: 2, a: 'x', c: null, d: true },
    ...changes,
  };
}

/** As somebody who owns the database would do it. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await database.db.transaction().execute(async (tx) => {
    for (const table of ['audit_event', 'audit_chain'])
      await sql.raw(`alter table ${table} disable trigger ${table}_only_grows`).execute(tx);
    for (const statement of statements) await sql.raw(statement).execute(tx);
    for (const table of ['audit_event', 'audit_chain'])
      await sql.raw(`alter table ${table} enable always trigger ${table}_only_grows`).execute(tx);
  });
}

async function emptied(): Promise<void> {
  await tamper('truncate audit_event, audit_chain, audit_pending restart identity');
}

describe('G19: the chain', () => {
  beforeEach(emptied);

  test('an event is on record with its transaction, and not without', async () => {
    const { db } = database;
    await expect(
      db.transaction().execute(async (tx) => {
        await recordAudit(tx, anEvent());
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await sealAudit(db)).toBe(0);
    await db.transaction().execute((tx) => recordAudit(tx, anEvent()));
    expect(await verifyAudit(db, [])).toEqual({ kind: 'intact', head: null, waiting: 1 });
    expect(await sealAudit(db)).toBe(1);
    expect(await verifyAudit(db, [])).toEqual({ kind: 'intact', head: await auditAnchor(db), waiting: 0 });
  });

  test('an event that commits late is sealed late, and none is passed over', async () => {
    const { db } = database;
    let goOn: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const late = db.transaction().execute(async (tx) => {
      await recordAudit(tx, anEvent({ subject: 'late' }));
      begun();
      await gate;
    });
    await hasBegun;
    await recordAudit(db, anEvent({ subject: 'early' }));
    expect(await sealAudit(db)).toBe(1);
    goOn();
    await late;
    expect(await sealAudit(db)).toBe(1);
    const order = await db
      .selectFrom('audit_chain')
      .innerJoin('audit_event', 'audit_event.id', 'audit_chain.event_id')
      .select('subject')
      .orderBy('seq')
      .execute();
    expect(order.map((row) => row.subject)).toEqual(['early', 'late']);
    expect((await verifyAudit(db, [])).kind).toBe('intact');
  });

  test('processes that write and seal at once make one chain', async () => {
    const { db } = database;
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; round < 5; round += 1) {
          await recordAudits(db, [anEvent({ subject: `${writer}` }), anEvent({ action: 'file-viewed' })]);
          await sealAudit(db);
        }
      }),
    );
    await sealAudit(db);
    expect(await verifyAudit(db, [])).toMatchObject({ kind: 'intact', head: { seq: 120 }, waiting: 0 });
  });

  test('more events than one round takes are all sealed', async () => {
    const { db } = database;
    await recordAudits(
      db,
      Array.from({ length: 4_500 }, () => anEvent()),
    );
    expect(await sealAudit(db)).toBe(4_500);
    expect(await verifyAudit(db, [])).toMatchObject({ kind: 'intact', head: { seq: 4_500 } });
  });
});

describe('G19: what the database refuses', () => {
  test.each([
    'update audit_event set actor_name = actor_name',
    'delete from audit_event',
    'truncate audit_event',
    'update audit_chain set hash = hash',
    'delete from audit_chain where false',
    'truncate audit_chain',
    'set session_replication_role = replica; delete from audit_event',
  ])('%s', async (statement) => {
    const connection = await database.pool.connect();
    await expect(connection.query(statement)).rejects.toMatchObject({ code: '42501' });
    connection.release(true);
  });
});

describe('G19: what was done past the database’s refusal is found, with its first place', () => {
  let anchor: AuditAnchor | null = null;

  beforeEach(async () => {
    await emptied();
    await recordAudits(
      database.db,
      Array.from({ length: 6 }, (_, index) => anEvent({ subject: `F-${index}` })),
    );
    await sealAudit(database.db);
    anchor = await auditAnchor(database.db);
  });

  test('nothing was done', async () => {
    expect(await verifyAudit(database.db, anchor === null ? [] : [anchor])).toMatchObject({ kind: 'intact' });
  });

  test.each([
    ['another name', "update audit_event set actor_name = 'X' where id = 3", 3, 'event-changed'],
    ['another time', "update audit_event set at = at + interval '1 ms' where id = 2", 2, 'event-changed'],
    ['another detail', `update audit_event set detail = '{"a": "y"}' where id = 5`, 5, 'event-changed'],
    ['another student', 'update audit_event set student_id = null where id = 1', 1, 'event-changed'],
    ['an event deleted', 'delete from audit_event where id = 4', 4, 'event-gone'],
    ['a place deleted', 'delete from audit_chain where seq = 4', 4, 'place-missing'],
    [
      'two exchanged',
      'update audit_chain set event_id = case event_id when 2 then -3 when 3 then -2 end where event_id in (2, 3); update audit_chain set event_id = -event_id where event_id < 0',
      2,
      'event-changed',
    ],
    [
      'two exchanged with their hashes',
      `with two as (select seq, event_hash from audit_chain where seq in (2, 3))
       update audit_chain c set event_id = -(5 - c.seq),
         event_hash = (select event_hash from two where two.seq = 5 - c.seq) where seq in (2, 3);
       update audit_chain set event_id = -event_id where event_id < 0`,
      2,
      'hash-wrong',
    ],
    ['an event taken out of the chain', 'delete from audit_chain where seq = 6', null, 'event-outside'],
    [
      'an event slipped in',
      "insert into audit_event (at, actor_kind, actor_name, action) values (now(), 'system', 'X', 'file-viewed'); delete from audit_pending",
      null,
      'event-outside',
    ],
    [
      'an event that waited',
      "insert into audit_event (at, actor_kind, actor_name, action) values (now(), 'system', 'X', 'file-viewed'); delete from audit_event where id = 7",
      null,
      'waiting-event-gone',
    ],
  ])('%s', async (_what, statement, seq, fault) => {
    await tamper(...statement.split(';'));
    await sealAudit(database.db);
    const verdict = await verifyAudit(database.db, []);
    expect(verdict).toMatchObject({ kind: 'broken', seq, fault });
  });

  test('the end cut off without a trace is seen by what was kept outside', async () => {
    await tamper('delete from audit_chain where seq > 4', 'delete from audit_event where id > 4');
    expect(await verifyAudit(database.db, [])).toMatchObject({ kind: 'intact', head: { seq: 4 } });
    const known = anchor === null ? [] : [anchor];
    expect(await verifyAudit(database.db, known)).toMatchObject({ kind: 'broken', seq: 5, fault: 'end-cut' });
    await recordAudits(
      database.db,
      Array.from({ length: 3 }, () => anEvent({ subject: 'false' })),
    );
    await sealAudit(database.db);
    expect(await verifyAudit(database.db, known)).toMatchObject({
      kind: 'broken',
      seq: 6,
      fault: 'anchor-differs',
    });
  });
});
