import { type Kysely, sql } from 'kysely';

/**
 * Meetings with whom is invited and what was sent to them, steps for which a person has decided that no meeting is
 * needed; and of contracts the draft, the signed scan, what it follows, and the evidence of its violation.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table meeting (
    id uuid primary key default gen_random_uuid(),
    ref text not null unique,
    student_id int not null references student,
    school_year text not null references school_year,
    school_id int not null references school,
    step text,
    purpose text not null,
    on_date date not null,
    at_time text not null,
    minutes int not null,
    place text not null,
    call_in text,
    sequence int not null default 0,
    state text not null default 'scheduled'
      check (state in ('scheduled', 'held', 'parent-absent', 'refused', 'cancelled')),
    scheduled_by text not null,
    scheduled_at timestamptz not null,
    outcome_on date,
    outcome_by text,
    outcome_note text,
    changed_at timestamptz not null)`,
  'create index meeting_student on meeting (student_id, school_year)',
  `create index meeting_open on meeting (on_date) where state = 'scheduled'`,
  `create table meeting_invitee (
    id uuid primary key default gen_random_uuid(),
    meeting_id uuid not null references meeting on delete cascade,
    kind text not null check (kind in ('family', 'staff', 'other')),
    guardian_ids int[] not null default '{}',
    name text not null,
    email text,
    channel text not null check (channel in ('email', 'paper', 'none')),
    reason text)`,
  'create index meeting_invitee_meeting on meeting_invitee (meeting_id)',
  `create table meeting_invitation (
    id uuid primary key default gen_random_uuid(),
    meeting_id uuid not null references meeting on delete cascade,
    invitee_id uuid not null references meeting_invitee on delete cascade,
    sequence int not null,
    method text not null check (method in ('request', 'cancel')),
    staff_mail_id uuid references staff_mail,
    document_id uuid references document,
    taken_back boolean not null default false,
    made_at timestamptz not null,
    unique (invitee_id, sequence, method))`,
  'create index meeting_invitation_mail on meeting_invitation (staff_mail_id) where staff_mail_id is not null',
  `create table meeting_not_needed (
    id uuid primary key default gen_random_uuid(),
    student_id int not null references student,
    school_year text not null references school_year,
    step text not null,
    round int not null,
    decided_on date not null,
    decided_by text not null,
    because text not null,
    at timestamptz not null)`,
  'create index meeting_not_needed_student on meeting_not_needed (student_id, school_year, step)',
  'alter table attendance_contract drop constraint attendance_contract_state_check',
  `alter table attendance_contract add constraint attendance_contract_state_check
    check (state in ('draft', 'in-force', 'kept', 'ended'))`,
  `alter table attendance_contract
    add column meeting_id uuid references meeting,
    add column follows uuid references attendance_contract,
    add column document_id uuid references document,
    add column evidence_document_id uuid references document,
    add column reminded_on date`,
  'alter table staff_mail drop constraint if exists staff_mail_kind_check',
  `alter table staff_mail add constraint staff_mail_kind_check check (kind ~ '^[a-z][a-z-]*$')`,
];
