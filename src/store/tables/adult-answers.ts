import type { LettersTo } from '../../domain/ladder-facts.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import type { Timestamp } from './columns.ts';

export interface AdultAnswerTables {
  adult_answer: AdultAnswerTable;
}

/** Whom letters about a student of 18 go to, where a person has said so. */
interface AdultAnswerTable {
  student_id: number;
  letters_to: LettersTo;
  answered_on: SchoolDate;
  answered_at: Timestamp;
  answered_by: string;
  because: string | null;
}
