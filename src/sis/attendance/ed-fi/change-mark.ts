import { SisError } from '../../sis-error.ts';
import type { ChangeVersions } from './change-versions.ts';

/** What one read leaves for the next. As text: `50 2026-09-14T21:03:11.000Z`. */
export interface ChangeMark {
  /** The newest version that the host had before the read. */
  readonly newest: number;
  /** When a read first found that version, ISO 8601; null where nobody noted it. */
  readonly movedAt: string | null;
}

export function markOf(text: string | null): ChangeMark | null {
  const [, newest, movedAt] = /^(\d{1,16})(?: (\S+))?$/.exec(text ?? '') ?? [];
  if (newest === undefined) return null;
  return {
    newest: Number(newest),
    movedAt: Number.isNaN(Date.parse(movedAt ?? '')) ? null : (movedAt ?? null),
  };
}

export function textOf({ newest, movedAt }: ChangeMark): string {
  return movedAt === null ? String(newest) : `${newest} ${movedAt}`;
}

/** The mark that a read leaves, given that of the read before it and the moment at which this one began. */
export function nextMark(last: ChangeMark | null, newest: number, readAt: string): ChangeMark {
  return { newest, movedAt: last?.newest === newest ? (last.movedAt ?? readAt) : readAt };
}

/**
 * Which changes to ask for; empty where everything is read. There is no upper end: a row that is corrected during the
 * read would leave such a window, and the rows behind it would move up past the next offset. The lower end reaches back
 * behind the last read, since what was being written then got its version before it could be seen.
 * @throws SisError `no-changes` where the host can no longer tell
 */
export function windowOf(
  versions: ChangeVersions | null,
  after: string | null,
  overlapVersions: number,
): Record<string, string> {
  if (after === null) return {};
  if (versions === null) throw new SisError('no-changes', 'the Ed-Fi host no longer offers change queries');
  const { oldest, newest } = versions;
  const mark = markOf(after);
  if (mark === null || mark.newest < oldest - 1 || mark.newest > newest) {
    throw new SisError(
      'no-changes',
      `the Ed-Fi host knows changes from ${oldest} to ${newest}; expected those after ${mark?.newest ?? 'another mark'}`,
    );
  }
  return { minChangeVersion: String(Math.max(mark.newest - overlapVersions + 1, oldest, 0)) };
}
