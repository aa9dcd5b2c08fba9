import { type Kysely, sql } from 'kysely';

/**
 * What left for the truancy officer, each time: the packets of a case with their manifests, to whom what was disclosed on
 * which legal basis (34 CFR 99.32), and what the officer and the school said to each other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // What a release covers: the gaps that were named to whoever released it. Older releases cover everything.
  'alter table referral add column released_gaps jsonb',
  `create table packet (
    id uuid primary key default gen_random_uuid(),
    referral_id uuid not null references referral,
    number int not null,
    kind text not null check (kind in ('original', 'copy', 'correction')),
    state text not null check (state in ('waiting', 'left', 'recalled')),
    delivery text not null check (delivery in ('link', 'mail', 'folder')),
    document_id uuid not null references document,
    sha256 text not null,
    bytes int not null,
    pages int not null,
    manifest_document_id uuid not null references document,
    facts_document_id uuid not null references document,
    facts_hash text not null,
    officer_name text not null,
    officer_agency text not null,
    officer_email text not null,
    legal_basis text not null,
    asked_by text,
    because text,
    mail_id uuid references staff_mail,
    built_on date not null,
    built_at timestamptz not null,
    left_on date)`,
  `create unique index packet_number on packet (referral_id, number) where state <> 'recalled'`,
  'create index packet_mail on packet (mail_id) where mail_id is not null',
  `create table disclosure (
    id bigint generated always as identity primary key,
    student_id int not null references student,
    school_year text not null references school_year,
    referral_id uuid references referral,
    packet_id uuid references packet,
    mail_id uuid references staff_mail,
    state text not null check (state in ('planned', 'made', 'uncertain', 'came-back', 'not-made', 'taken-back')),
    what text not null,
    how text not null,
    sha256 text,
    to_name text not null,
    to_agency text not null,
    to_email text,
    legal_basis text not null,
    interest text not null,
    made_by text not null,
    planned_at timestamptz not null,
    on_date date,
    at timestamptz)`,
  'create index disclosure_student on disclosure (student_id, school_year)',
  'create index disclosure_mail on disclosure (mail_id) where mail_id is not null',
  `create table case_event (
    id bigint generated always as identity primary key,
    ref text not null unique,
    referral_id uuid not null references referral,
    kind text not null check (kind in ('downloaded', 'receipt', 'outcome', 'question', 'answer', 'reminded',
      'office-told')),
    packet_id uuid references packet,
    outcome text,
    says text,
    answers bigint references case_event,
    by_name text not null,
    on_date date not null,
    at timestamptz not null)`,
  'create index case_event_referral on case_event (referral_id)',
  `create unique index case_event_receipt on case_event (referral_id) where kind = 'receipt'`,
  `create unique index case_event_answer on case_event (answers) where answers is not null`,
  `create table unbindable_document (
    document_id uuid primary key references document,
    reason text not null,
    found_at timestamptz not null)`,
  // Packets that had left before packets had rows of their own stay what they are: a document of their referral.
  `create index referral_delivered on referral (delivered_on) where state in ('delivering', 'delivered')`,
];
