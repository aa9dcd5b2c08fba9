import { describe, expect, test } from '@jest/globals';
import { codeTable } from '../../src/domain/code-table.ts';
import type { CodeRule } from '../../src/domain/policy.ts';

const SIS = [
  { sourcedId: 'code-1', title: 'WTR', status: 'absent', excuse: 'unexcused' },
  { sourcedId: 'code-2', title: 'LIB', status: 'other', excuse: 'unknown' },
] as const;

function aRule(title: string, rule: Partial<CodeRule> = {}): CodeRule {
  return { title, suspension: false, confidential: false, status: null, excuse: null, ...rule };
}

const tableWith = (rule: CodeRule, named: string[] = []) => codeTable(SIS, { codes: [rule] }, named);

describe('what a code means', () => {
  test.each<[string, CodeRule, object]>([
    ['as the SIS says, without a rule', aRule('XYZ'), { status: 'absent', excuse: 'unexcused' }],
    ['what the policy says', aRule('WTR', { excuse: 'excused' }), { status: 'absent', excuse: 'excused' }],
    ['in any capitals', aRule('wtr', { confidential: true }), { excuse: 'unexcused', confidential: true }],
    ['a suspension', aRule('WTR', { suspension: true }), { suspension: true, confidential: false }],
  ])('%s', (_name, rule, expected) => {
    expect(tableWith(rule).get('code-1')).toMatchObject(expected);
  });

  test('the policy can map what the SIS has no word for', () => {
    expect(tableWith(aRule('LIB', { status: 'present' })).get('code-2')).toMatchObject({
      title: 'LIB',
      status: 'present',
      excuse: 'unknown',
    });
  });

  test('a code that the SIS leaves out is known to the policy by its id', () => {
    const rule = aRule('code-9', { status: 'absent', excuse: 'excused' });
    expect(tableWith(rule, ['Code-9', 'code-8']).get('Code-9')).toEqual({
      sourcedId: 'Code-9',
      title: 'code-9',
      status: 'absent',
      excuse: 'excused',
      suspension: false,
      confidential: false,
    });
    expect(tableWith(rule, ['Code-9', 'code-8']).has('code-8')).toBe(false);
  });

  test('without a status it stays unknown', () => {
    expect(tableWith(aRule('code-9', { confidential: true }), ['code-9']).has('code-9')).toBe(false);
  });

  test('an id that the SIS defines is read by its title', () => {
    const rule = aRule('code-1', { status: 'present' });
    expect(tableWith(rule, ['code-1']).get('code-1')).toMatchObject({ title: 'WTR', status: 'absent' });
  });
});
