import { secretKeyOf } from '../config/secret-key.ts';
import { loadTemplates } from '../documents/template.ts';
import type { Letterbox } from '../procedure/letterbox.ts';
import type { Desk } from './at-desk.ts';

/** For commands that write something to somebody. */
export async function letterboxAt({ db, config }: Pick<Desk, 'db' | 'config'>): Promise<Letterbox> {
  return { db, config, templates: await loadTemplates(config.templatesDir), secretKey: secretKeyOf(config) };
}
