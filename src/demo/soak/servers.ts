import type { Db } from '../../store/database.ts';

/** What the soak plays on. */
export interface SoakServers {
  readonly db: Db;
  /** It is the demonstration's alone, and is started again when it ends. */
  readonly isOwnDatabase: boolean;
  readonly redisUrl: string | null;
  readonly configDir: string;
  /** Jobs that wait or run, and those that wait for a later time; null: nobody can say just now. */
  readonly inQueue: () => Promise<{ readonly now: number; readonly later: number } | null>;
}
