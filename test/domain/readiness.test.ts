import { describe, expect, test } from '@jest/globals';
import { GAPS } from '../../src/domain/gaps.ts';
import { openGaps, type ReadinessFacts, referralGaps } from '../../src/domain/readiness.ts';
import { schoolDate } from '../../src/domain/school-date.ts';
import { aHold, aStepRecord, CALENDAR, letterOut } from '../support/domain-builders.ts';

const TODAY = schoolDate('2026-10-01');

function ready(facts: Partial<ReadinessFacts> = {}): ReadinessFacts {
  return {
    contactAttempts: 1,
    lettersOut: [letterOut('medical-letter', '2026-09-24')],
    steps: [aStepRecord('medical-letter', 'taken')],
    holds: [],
    countsReadOn: TODAY,
    noticeDays: 5,
    restsOnUnsignedContract: false,
    hasUnboundDocument: false,
    ...facts,
  };
}

describe('a referral', () => {
  test.each<[string, Partial<ReadinessFacts>]>([
    ['everything holds', {}],
    ['several attempts', { contactAttempts: 3 }],
    ['a hold that is over', { holds: [aHold({ ends: '2026-09-30' })] }],
    ['a hold that is to come', { holds: [aHold({ begins: '2026-10-02' })] }],
    [
      'one letter is long enough out, the other is not',
      { lettersOut: [letterOut('medical-letter', '2026-09-30'), letterOut('first-letter', '2026-09-01')] },
    ],
    [
      'one letter is superseded, the other stands',
      {
        lettersOut: [letterOut('medical-letter', '2026-09-24'), letterOut('first-letter', '2026-09-01')],
        steps: [
          aStepRecord('medical-letter', 'taken', { superseded: true }),
          aStepRecord('first-letter', 'taken'),
        ],
      },
    ],
    ['a letter of today, when no notice is asked', { lettersOut: [letterOut('x', TODAY)], noticeDays: 0 }],
  ])('is ready: %s', (_name, facts) => {
    expect(referralGaps(ready(facts), GAPS, CALENDAR, TODAY)).toEqual([]);
  });

  test.each<[string, Partial<ReadinessFacts>, string]>([
    ['nobody tried to reach the family', { contactAttempts: 0 }, 'no-contact-attempted'],
    ['no letter is out', { lettersOut: [] }, 'no-letter-out-long-enough'],
    [
      'four school days are not five',
      { lettersOut: [letterOut('medical-letter', '2026-09-25')] },
      'no-letter-out-long-enough',
    ],
    ['six are asked', { noticeDays: 6 }, 'no-letter-out-long-enough'],
    [
      'the letter is superseded',
      { steps: [aStepRecord('medical-letter', 'taken', { superseded: true })] },
      'no-letter-out-long-enough',
    ],
    [
      'no letter is out, though no notice is asked',
      { lettersOut: [], noticeDays: 0 },
      'no-letter-out-long-enough',
    ],
    ['the violated contract was never signed', { restsOnUnsignedContract: true }, 'contract-not-signed'],
    ['a document cannot be bound', { hasUnboundDocument: true }, 'document-not-bound'],
    ['a hold on letters', { holds: [aHold()] }, 'open-hold'],
    [
      'a hold on the referral until today',
      { holds: [aHold({ scope: 'referral', ends: TODAY })] },
      'open-hold',
    ],
    ['the counts are of yesterday', { countsReadOn: schoolDate('2026-09-30') }, 'counts-not-read-today'],
    ['the counts were never read', { countsReadOn: null }, 'counts-not-read-today'],
  ])('waits: %s', (_name, facts, gap) => {
    expect(referralGaps(ready(facts), GAPS, CALENDAR, TODAY)).toEqual([gap]);
  });

  test('names every gap', () => {
    const facts = ready({ contactAttempts: 0, lettersOut: [], holds: [aHold()], countsReadOn: null });
    expect(referralGaps(facts, GAPS, CALENDAR, TODAY)).toEqual([
      'no-contact-attempted',
      'no-letter-out-long-enough',
      'open-hold',
      'counts-not-read-today',
    ]);
  });

  test('is asked only what the district asks', () => {
    const facts = ready({ contactAttempts: 0, holds: [aHold()] });
    expect(referralGaps(facts, ['open-hold'], CALENDAR, TODAY)).toEqual(['open-hold']);
    expect(referralGaps(facts, [], CALENDAR, TODAY)).toEqual([]);
  });

  test.each<[string, Parameters<typeof openGaps>, string[]]>([
    ['nobody has released it', [['open-hold'], { wanted: false, covers: null }], ['open-hold']],
    ['its gap was released', [['open-hold'], { wanted: false, covers: ['open-hold'] }], []],
    [
      'another gap came after the release',
      [['no-contact-attempted', 'open-hold'], { wanted: false, covers: ['no-contact-attempted'] }],
      ['open-hold'],
    ],
    ['an old release covers all', [['open-hold'], { wanted: true, covers: 'everything' }], []],
    ['nothing is missing, and nobody need release it', [[], { wanted: false, covers: null }], []],
    ['nothing is missing, and somebody must', [[], { wanted: true, covers: null }], ['not-released']],
    ['somebody has', [[], { wanted: true, covers: ['not-released'] }], []],
  ])('waits with what is left: %s', (_name, given, left) => {
    expect(openGaps(...given)).toEqual(left);
  });

  test('counts school days, not calendar days', () => {
    const facts = ready({ lettersOut: [letterOut('medical-letter', '2026-12-18')] });
    const gapsOn = (date: string) =>
      referralGaps({ ...facts, countsReadOn: schoolDate(date) }, GAPS, CALENDAR, schoolDate(date));
    expect(gapsOn('2027-01-07')).toEqual(['no-letter-out-long-enough']);
    expect(gapsOn('2027-01-08')).toEqual([]);
  });
});
