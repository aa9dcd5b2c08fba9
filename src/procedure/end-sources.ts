import type { ReadEnding, SourceFile } from '../domain/sis-records.ts';
import type { Evidence } from '../store/sync/evidence.ts';
import type { DistrictSources, Doubt } from './read-district.ts';

/** Which source has to answer for a run that was stopped: only its file is put aside. `none`: no file has. */
export type Suspect = SourceFile['content'] | 'none';

/** How a run ended, as far as its files are concerned. */
export interface EndedRun {
  readonly kind: string;
  readonly runId: string;
  readonly reason?: string;
  readonly suspect?: Suspect;
}

/**
 * Tells both sources how the run ended, so that they put their files away. What goes wrong there changes nothing about
 * the run, whose outcome stands, nor about the other source; the files are met again by the next read.
 * @param outcome null: the run ended with an error of the program
 */
export async function endSources(
  { attendance, contacts }: DistrictSources,
  outcome: EndedRun | null,
  failed: (error: unknown) => void,
): Promise<void> {
  await attendance.end(endingOf('attendance', outcome)).catch(failed);
  await contacts?.end(endingOf('contacts', outcome)).catch(failed);
}

function endingOf(content: SourceFile['content'], outcome: EndedRun | null): ReadEnding {
  if (outcome?.kind === 'applied') return { kind: 'applied' };
  if (outcome?.kind === 'quarantined' && outcome.suspect === content) {
    return { kind: 'waiting', runId: outcome.runId, why: outcome.reason ?? 'a guard has stopped the run' };
  }
  return { kind: 'left' };
}

/** Of a collection that looks wrong by itself. */
export function suspectOfDoubt({ collection }: Doubt): Suspect {
  if (collection === 'attendances' || collection === 'attendanceCodes') return 'attendance';
  return collection === 'contacts' ? 'contacts' : 'none';
}

/** A roster that is wrong makes absences look wrong as well: as long as it is in doubt, they are not. */
export function suspectOfEvidence(evidence: readonly Evidence[]): Suspect {
  return evidence.every(({ collection }) => collection === 'absences') ? 'attendance' : 'none';
}
