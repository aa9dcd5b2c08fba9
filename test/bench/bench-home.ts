import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { freePort } from '../support/free-port.ts';

export interface BenchHome {
  readonly schools: number;
  /** Where the SIS is; nowhere without it. */
  readonly sis?: { readonly baseUrl: string; readonly tokenUrl: string };
  /** Of the schools at that SIS; invented ones without them. */
  readonly schoolIds?: readonly string[];
}

const NOWHERE = { baseUrl: 'http://127.0.0.1:9/roster', tokenUrl: 'http://127.0.0.1:9/token' };

/** Writes the configuration of a district with nobody in it yet, its pages at a port of their own. */
export async function writeBenchHome(
  home: string,
  { schools, sis = NOWHERE, schoolIds }: BenchHome,
): Promise<void> {
  const district = buildDistrict({
    seed: 1,
    schools,
    students: 0,
    schoolYear: 2027,
    timeZone: 'America/Denver',
  });
  const { configDir } = await writeDemoHome({
    dir: home,
    district,
    sis: {
      ...sis,
      attendanceBaseUrl: sis === NOWHERE ? 'http://127.0.0.1:9/attendance' : sis.baseUrl,
      scopes: { roster: 'roster', demographics: 'demographics', attendance: 'attendance' } as never,
      clientId: 'nobody',
      clientSecret: 'a secret of nobody',
    },
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  const port = await freePort();
  const file = join(configDir, 'district.yaml');
  // The demo serves its own at a port that everybody would share.
  const shipped = (await readFile(file, 'utf8')).replace(/^pages:.*\n(?: .*\n)*/m, '');
  const text = shipped.replace(
    /^staff:\n/m,
    'staff:\n  - { name: Sandy Supervisor, email: bench@cedar-valley.example.org, role: supervisor }\n',
  );
  const pages = `pages:\n  url: http://127.0.0.1:${port}\n  listen: "127.0.0.1:${port}"\n`;
  let whole = `${text}\n${pages}`;
  for (const [place, id] of (schoolIds ?? []).entries())
    whole = whole.replaceAll(district.schools[place]?.sourcedId ?? id, id);
  // A district that begins in the middle of a year.
  if (schoolIds !== undefined) whole = whole.replace('baseline: none', 'baseline: mark');
  await writeFile(file, whole);
}
