import { describe, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { readLetterList } from '../../src/procedure/letter-list.ts';
import { aPolicy, aStep } from '../support/domain-builders.ts';

const policy = aPolicy({
  steps: [
    aStep({ id: 'contact', title: 'Contact', at: '4' }),
    aStep({ id: 'first-letter', title: 'First Letter', at: '7', letter: 'first-letter' }),
    aStep({ id: 'second', title: 'Medical Letter', at: '10', letter: 'medical-note' }),
  ],
});

function read(text: string) {
  async function* bytes() {
    yield Buffer.from(text);
  }
  return readLetterList(bytes(), policy, { from: schoolDate('2026-08-01'), to: schoolDate('2026-11-02') });
}

describe('a list of letters', () => {
  test.each([
    ['student,step,date', 'by our own headers'],
    ['Student ID,Letter,Date Sent', 'by those of an office'],
    ['student_number,NOTICE,mailed', 'whatever their case, blanks and underscores'],
  ])('is read by its headers %s: %s', async (header) => {
    expect(await read(`${header}\r\ns-1,First Letter,2026-10-01\r\n`)).toEqual({
      kind: 'read',
      letters: [{ line: 2, student: 's-1', step: 'first-letter', sentOn: '2026-10-01' }],
    });
  });

  test.each(['second', 'Medical Letter', 'medical-note', 'MEDICAL  letter'])(
    'calls a step %s',
    async (name) => {
      expect(await read(`student,step,date\ns-1,${name},10/01/2026\n`)).toMatchObject({
        letters: [{ step: 'second', sentOn: '2026-10-01' }],
      });
    },
  );

  test('passes other columns over, and counts a row for each of two guardians once', async () => {
    const list = await read(
      'guardian,student,step,date\nmum,s-1,second,2026-10-01\ndad,s-1,second,2026-10-01\ndad,s-1,second,2026-10-02\n',
    );
    expect(list.kind === 'read' && list.letters.map(({ sentOn }) => sentOn)).toEqual([
      '2026-10-01',
      '2026-10-02',
    ]);
  });

  test('of a step without a letter, or with a misspelt one, is refused with a guess', async () => {
    expect(await read('student,step,date\ns-1,contact,2026-10-01\ns-1,secnd,2026-10-01\n')).toMatchObject({
      kind: 'refused',
      problems: [
        { line: 2, column: 'step', told: 'contact', known: ['first-letter', 'second'] },
        { line: 3, column: 'step', told: 'secnd' },
      ],
    });
  });

  test.each(['2026-07-31', '2026-11-03'])('with the date %s, which cannot be, is refused', async (date) => {
    expect(await read(`student,step,date\ns-1,second,${date}\n`)).toMatchObject({
      problems: [{ line: 2, column: 'date', found: date, expected: 'a day from 2026-08-01 to 2026-11-02' }],
    });
  });

  test.each([
    ['', 'it is empty'],
    ['student,step,date\n', 'it has no row below its headers'],
    ['student,date\ns-1,2026-10-01\n', 'no column step'],
    ['student,step,date\n"s-1,second,2026-10-01\n', 'it ends within quotes'],
  ])('that is no table is refused: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
