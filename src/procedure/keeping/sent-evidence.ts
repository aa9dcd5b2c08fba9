import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorCode } from '../../ops/describe-error.ts';

/** As `messageId` makes them: of any mail of this district's installation. */
function idsOf(domain: string): RegExp {
  return new RegExp(`[0-9a-f]{40}@${domain.replaceAll('.', '\\.')}`, 'gi');
}

/**
 * The ids of our mails that files of the mail server name, whatever their form: its log, or an export of the provider.
 * @returns without angle brackets, in small letters
 */
export async function idsInFiles(paths: readonly string[], domain: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const id = idsOf(domain);
  for (const path of paths) {
    for await (const line of createInterface({ input: createReadStream(path) }))
      for (const match of line.matchAll(id)) found.add(match[0].toLowerCase());
  }
  return found;
}

/** The mails of the outbox folder, where no mail server is used. */
export async function mailsInOutbox(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, 'outbox');
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.eml')).map((name) => join(folder, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
