import { type RawBuilder, sql } from 'kysely';
import { days } from '../domain/days.ts';
import type { CaseEvent } from './case-events.ts';
import type { StoredContract } from './contracts.ts';
import type { Disclosure } from './disclosures.ts';
import type { StoredMeeting } from './meetings.ts';
import type { NotNeeded } from './meetings-not-needed.ts';
import type { Referral } from './referrals.ts';
import type { Upload } from './uploads.ts';

/** What a student's page shows of the parts that have pages of their own, each in the order in which it is shown. */
export interface FiledParts {
  /** Those that are still in the file. */
  readonly documents: readonly FiledDocument[];
  readonly meetings: readonly Pick<StoredMeeting, 'ref' | 'on' | 'at' | 'state' | 'outcomeNote'>[];
  readonly notNeeded: readonly Pick<NotNeeded, 'step' | 'on' | 'by' | 'because'>[];
  /** Drafts at the end. */
  readonly contracts: readonly FiledContract[];
  /** All but those that were withdrawn. */
  readonly referrals: readonly FiledReferral[];
  /** Not what is only planned, or was not made. */
  readonly disclosures: readonly FiledDisclosure[];
}

export type FiledDocument = Pick<
  Upload,
  'ref' | 'kind' | 'onDate' | 'pages' | 'addedBy' | 'addedOn' | 'removed'
>;

export type FiledContract = Pick<
  StoredContract,
  | 'ref'
  | 'begins'
  | 'ends'
  | 'allowedDays'
  | 'basis'
  | 'graceDays'
  | 'exceptCodes'
  | 'state'
  | 'refused'
  | 'violatedOn'
  | 'endedOn'
>;

export interface FiledReferral
  extends Pick<
    Referral,
    'ref' | 'state' | 'gaps' | 'deliveredOn' | 'superseded' | 'shadow' | 'releasedBy' | 'releasedBecause'
  > {
  /** The first at the top. */
  readonly events: readonly FiledCaseEvent[];
}

export type FiledCaseEvent = Pick<CaseEvent, 'id' | 'kind' | 'outcome' | 'says' | 'answers' | 'by' | 'on'>;

export type FiledDisclosure = Pick<
  Disclosure,
  'on' | 'what' | 'how' | 'state' | 'by' | 'legalBasis' | 'interest'
> & { readonly to: Pick<Disclosure['to'], 'name' | 'agency'> };

/** As it comes out of the statement. */
export type StoredParts = Omit<FiledParts, 'contracts'> & {
  readonly contracts: readonly (Omit<FiledContract, 'allowedDays'> & { readonly allowedDays: string })[];
};

/** Pairs of a `json_build_object` about the student `s`. */
export function filedParts(schoolYear: string): RawBuilder<unknown> {
  return sql`
      'documents', (select coalesce(json_agg(json_build_object('ref', u.ref, 'kind', u.kind, 'onDate', u.on_date,
          'pages', u.pages, 'addedBy', u.added_by, 'addedOn', u.added_on, 'removed', null)
          order by u.on_date, u.added_at, u.ref), '[]')
        from upload u where u.student_id = s.id and u.school_year = ${schoolYear} and u.removed_on is null),
      'meetings', (select coalesce(json_agg(json_build_object('ref', m.ref, 'on', m.on_date, 'at', m.at_time,
          'state', m.state, 'outcomeNote', m.outcome_note) order by m.on_date, m.at_time, m.ref), '[]')
        from meeting m where m.student_id = s.id and m.school_year = ${schoolYear}),
      'notNeeded', (select coalesce(json_agg(json_build_object('step', n.step, 'on', n.decided_on,
          'by', n.decided_by, 'because', n.because) order by n.at), '[]')
        from meeting_not_needed n where n.student_id = s.id and n.school_year = ${schoolYear}),
      'contracts', (select coalesce(json_agg(json_build_object('ref', c.ref, 'begins', c.begins, 'ends', c.ends,
          'allowedDays', c.allowed_days::text, 'basis', c.basis, 'graceDays', c.grace_days,
          'exceptCodes', c.except_codes, 'state', c.state, 'refused', c.refused, 'violatedOn', c.violated_on,
          'endedOn', c.ended_on) order by c.state = 'draft', c.begins, c.ref), '[]')
        from attendance_contract c where c.student_id = s.id and c.school_year = ${schoolYear}),
      'referrals', (select coalesce(json_agg(json_build_object('ref', r.ref, 'state', r.state, 'gaps', r.gaps,
          'deliveredOn', r.delivered_on, 'superseded', r.superseded, 'shadow', r.shadow,
          'releasedBy', r.released_by, 'releasedBecause', r.released_because,
          'events', (select coalesce(json_agg(json_build_object('id', v.id::text, 'kind', v.kind,
              'outcome', v.outcome, 'says', v.says, 'answers', v.answers::text, 'by', v.by_name, 'on', v.on_date)
              order by v.id), '[]')
            from case_event v where v.referral_id = r.id)) order by r.opened_on, r.ref), '[]')
        from referral r where r.student_id = s.id and r.school_year = ${schoolYear} and r.state <> 'withdrawn'),
      'disclosures', (select coalesce(json_agg(json_build_object('on', d.on_date, 'what', d.what, 'how', d.how,
          'state', d.state, 'by', d.made_by, 'legalBasis', d.legal_basis, 'interest', d.interest,
          'to', json_build_object('name', d.to_name, 'agency', d.to_agency)) order by d.at, d.id), '[]')
        from disclosure d where d.student_id = s.id and d.state not in ('planned', 'not-made'))`;
}

export function asFiled({ contracts }: StoredParts): Pick<FiledParts, 'contracts'> {
  return { contracts: contracts.map((one) => ({ ...one, allowedDays: days(one.allowedDays) })) };
}
