import { type Reissued, type ReissueRequest, reissueLetter } from '../procedure/reissue-letter.ts';
import type { Desk } from './at-desk.ts';
import { onRecord } from './on-record.ts';

/** A letter once more, with what the record says of it: which letters take its place. */
export function reissueOnRecord({ db, procedure, moment }: Desk, request: ReissueRequest): Promise<Reissued> {
  return onRecord(
    db,
    { by: request.by, now: moment.now },
    (tx) => reissueLetter(tx, procedure, request, moment),
    (done) =>
      done.kind === 'reissued'
        ? {
            action: 'letter-reissued',
            subject: request.ref,
            studentId: done.letters[0]?.studentId ?? null,
            detail: { letters: done.letters.map(({ ref }) => ref).join(' ') },
          }
        : null,
  );
}
