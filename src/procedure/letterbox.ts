import type { Config } from '../config/config-types.ts';
import type { Templates } from '../documents/template.ts';
import type { Db } from '../store/database.ts';

/** What everything that is written needs: who writes, from which templates, under which key. */
export interface Letterbox {
  readonly db: Db;
  readonly config: Config;
  readonly templates: Templates;
  /** Makes Message-IDs that nobody outside can guess. */
  readonly secretKey: string;
  /** The key before that one: return paths of mails from then are still known. Not set: none. */
  readonly secretKeyBefore?: string | null;
}
