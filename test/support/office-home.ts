import { chmod, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { loadTemplates } from '../../src/documents/template.ts';

/** How the set-up tells the tests, which run in other processes, where the files of an office are. */
export const HOME_VARIABLE = 'ROLLCALL_TEST_HOME';

export const OFFICE_DISTRICT = buildDistrict({
  seed: 1,
  schools: 1,
  students: 0,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});

/** Configuration and templates of the demonstration, for all offices of a run. @returns the folder */
export async function writeSharedHome(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-offices-'));
  // Offices of tests that give up their rights get in.
  await chmod(dir, 0o755);
  await writeDemoHome({
    dir,
    district: OFFICE_DISTRICT,
    sis: {
      baseUrl: 'http://127.0.0.1:9/roster',
      tokenUrl: 'http://127.0.0.1:9/token',
      attendanceBaseUrl: 'http://127.0.0.1:9/attendance',
      scopes: { roster: 'roster', demographics: 'demographics', attendance: 'attendance' } as never,
      clientId: 'nobody',
      clientSecret: 'a secret of nobody',
    },
    shippedPolicyFile: 'config/policy.yaml',
    shippedTemplatesDir: 'templates',
  });
  return dir;
}

/** The home of one office: a configuration of its own, and the templates of all. @returns the folder */
export async function openHome(
  changes: Readonly<Partial<Record<'district' | 'policy', (text: string) => string>>>,
): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'rollcall-office-'));
  await mkdir(join(home, 'config'));
  for (const name of ['district', 'policy'] as const) {
    const file = join('config', `${name}.yaml`);
    // The pages of the demonstration are those of one port: an office has none, or its own.
    const text = (await readFile(join(shared(), file), 'utf8')).replace(/^pages:\n(?: .*\n)+/m, '');
    await writeFile(join(home, file), changes[name]?.(text) ?? text);
  }
  await symlink(join(shared(), 'templates'), join(home, 'templates'));
  return home;
}

let templates: ReturnType<typeof loadTemplates> | undefined;

/** Nobody writes into them: read once for all offices of a file. */
export function officeTemplates(): ReturnType<typeof loadTemplates> {
  templates ??= loadTemplates(join(shared(), 'templates'));
  return templates;
}

function shared(): string {
  const folder = process.env[HOME_VARIABLE];
  if (folder === undefined)
    throw new Error(`${HOME_VARIABLE} is not set: run the tests through jest's globalSetup.`);
  return folder;
}
