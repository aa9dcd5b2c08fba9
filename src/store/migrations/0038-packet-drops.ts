import { type Kysely, sql } from 'kysely';

/**
 * How far a packet is on its way into the officer’s folder: that it is being put there is on record before its file has
 * its name. What was put there before this was kept lies there, or was fetched.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table packet_drop (
    packet_id uuid primary key references packet on delete cascade,
    folder text,
    file_name text not null,
    state text not null check (state in ('dropping', 'dropped', 'removed', 'taken')),
    changed_at timestamptz not null)`,
  `create index packet_drop_in_folder on packet_drop (file_name) where state in ('dropping', 'dropped')`,
  `insert into packet_drop (packet_id, file_name, state, changed_at)
    select p.id, 'attendance-file-' || r.ref ||
      case when p.kind = 'original' then '' else '-' || p.kind || '-' || p.number end, 'dropped', p.built_at
    from packet p join referral r on r.id = p.referral_id
    where p.delivery = 'folder' and p.state <> 'recalled'`,
];
