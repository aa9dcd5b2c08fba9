import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { z } from 'zod';
import { brakesSchema } from '../../src/config/brakes-schema.ts';
import { calendarSchema } from '../../src/config/calendar-schema.ts';
import { countingSchema } from '../../src/config/counting-schema.ts';
import { holdsSchema } from '../../src/config/holds-schema.ts';
import { sisSchema } from '../../src/config/sis-schema.ts';
import { stepSchema } from '../../src/config/step-schema.ts';
import { readHoldFile } from '../../src/procedure/hold-file.ts';
import { extractHeader } from '../../src/sis/attendance/data-extract/extract-header.ts';
import { contactHeader } from '../../src/sis/contacts/contact-header.ts';

const readme = readFileSync('config/README.md', 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text = '']) => text);

describe('the examples of config/README.md can be used', () => {
  const rosters = {
    baseUrl: 'https://sis.example.org/ims/oneroster/rostering/v1p2',
    tokenUrl: 'https://sis.example.org/token',
  };
  const service = { source: 'oneroster-service', baseUrl: 'https://sis.example.org/attendance' };
  const examples = blocks('yaml').filter((text) => text.startsWith('sis:'));

  test('there is one per source, and one of contacts', () => {
    expect(examples).toHaveLength(4);
  });

  test.each(examples)('%s', (text) => {
    const { sis } = parse(text) as { sis: Record<string, unknown> };
    const read = sisSchema.safeParse({ oneRoster: rosters, attendance: service, ...sis });
    expect(read.error?.issues ?? []).toEqual([]);
  });

  test.each([
    ['calendar', calendarSchema],
    ['counting', countingSchema],
    ['holds', holdsSchema],
    ['brakes', brakesSchema],
  ] as const)('%s', (key, schema) => {
    const examples = blocks('yaml').filter((text) => text.startsWith(`${key}:`));
    expect(examples).toHaveLength(1);
    const read = (schema as z.ZodType).safeParse(parse(examples[0] ?? '')[key]);
    expect(read.error?.issues ?? []).toEqual([]);
  });

  test('steps', () => {
    const examples = blocks('yaml').filter((text) => text.startsWith('steps:'));
    expect(examples.length).toBeGreaterThanOrEqual(2);
    const steps = examples.flatMap((text) => (parse(text) as { steps: unknown[] }).steps);
    for (const step of steps) expect(stepSchema.safeParse(step).error?.issues ?? []).toEqual([]);
  });

  test('headers of the files are understood', () => {
    const headers = blocks('').flatMap((text) =>
      /^(studentPersonID|personID),/.test(text) ? [(text.split('\n')[0] ?? '').split(',')] : [],
    );
    expect(headers).toHaveLength(2);
    const [attendance = [], contacts = []] = headers;
    expect(extractHeader(attendance, {}).width).toBe(9);
    expect(contactHeader(contacts, {}).width).toBe(17);
  });

  test('the file of holds is read', async () => {
    const [file = ''] = blocks('').filter((text) => text.startsWith('student,kind,'));
    expect(await readHoldFile(Readable.from([Buffer.from(file)]))).toMatchObject({
      kind: 'read',
      rows: [
        { line: 2, until: '2026-12-01' },
        { line: 3, scope: 'letters' },
      ],
    });
  });
});
