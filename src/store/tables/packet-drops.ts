import type { ColumnType } from 'kysely';
import type { Timestamp } from './columns.ts';

export interface PacketDropTables {
  packet_drop: PacketDropTable;
}

/** The file of a packet in the officer’s folder. */
export interface PacketDropTable {
  packet_id: string;
  /** null: put there before this was kept, into the folder that is configured. */
  folder: ColumnType<string | null, string | null, never>;
  /** Without its ending: `.pdf`, `.manifest.json`. */
  file_name: string;
  state: 'dropping' | 'dropped' | 'removed' | 'taken';
  changed_at: Timestamp;
}
