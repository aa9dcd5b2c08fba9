/** Why no letter tells a family that its contract was kept. */
export type KeptObstacle =
  | 'unknown'
  /** It still runs, was ended, or was violated. */
  | 'not-kept'
  | 'not-enrolled'
  /** A hold keeps letters back, or the student is 18 and nobody has said whom letters go to. */
  | 'hold'
  | 'no-recipient'
  /** The templates are a copy that was made before there was such a letter. */
  | 'no-template'
  | 'missing-glyph';

export const keptObstacleWords: Readonly<Record<KeptObstacle, string>> = {
  unknown: 'There is no such attendance contract.',
  'not-kept': 'The contract was not kept to its end, or still runs.',
  'not-enrolled': 'The student is enrolled at no school today.',
  hold: 'Nothing is written to this family now: a hold keeps letters back, or nobody has said yet whom the letters of a student of 18 go to.',
  'no-recipient':
    'By the records of today nobody may be written to about this student. Please tell the family by phone.',
  'no-template':
    'The folder with templates has no notices/contract-kept.en.md. The IT contact can copy it from the shipped ones.',
  'missing-glyph': 'A name has a character that cannot be printed. Please write the letter by hand.',
};
