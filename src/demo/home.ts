import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type DemoReading, demoConfiguration, type SisAccess } from './configuration.ts';
import type { District } from './district/model.ts';

export interface DemoHomeOptions {
  /** The demonstration's own folder; its `config/` and `templates/` are written anew. */
  readonly dir: string;
  readonly district: District;
  readonly sis: SisAccess;
  /** Default: OneRoster 1.2 and the attendance service. */
  readonly reading?: DemoReading;
  /** The product's own `config/policy.yaml` and `templates/`. */
  readonly shippedPolicyFile: string;
  readonly shippedTemplatesDir: string;
}

export interface DemoHome {
  readonly configDir: string;
  /** What the configuration expects in the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Writes the configuration that a district like this would have, with the shipped procedure and its templates. */
export async function writeDemoHome(options: DemoHomeOptions): Promise<DemoHome> {
  const { dir, district, sis } = options;
  const configDir = join(dir, 'config');
  const templatesDir = join(dir, 'templates');
  await mkdir(configDir, { recursive: true });
  const heading = '# The simulated district of `rollcall demo`: written anew by each run.\n\n';
  const content = stringify(demoConfiguration(district, sis, options.reading), { lineWidth: 110 });
  await writeFile(join(configDir, 'district.yaml'), `${heading}${content}`);
  await cp(options.shippedPolicyFile, join(configDir, 'policy.yaml'));
  await cp(options.shippedTemplatesDir, templatesDir, { recursive: true });
  await markSpanishAsReviewed(templatesDir, district);
  return {
    configDir,
    env: {
      ROLLCALL_SIS_CLIENT_ID: sis.clientId,
      ROLLCALL_SIS_CLIENT_SECRET: sis.clientSecret,
      ...(options.reading?.attendance === 'ed-fi' && {
        ROLLCALL_ATTENDANCE_CLIENT_ID: sis.clientId,
        ROLLCALL_ATTENDANCE_CLIENT_SECRET: sis.clientSecret,
      }),
    },
  };
}

/** The shipped translation carries no review, since nobody of a district has read it; this district has. */
async function markSpanishAsReviewed(templatesDir: string, district: District): Promise<void> {
  const review = `reviewed: { by: "Demonstration district", on: ${district.options.schoolYear - 1}-08-01 }`;
  const names = await readdir(templatesDir, { recursive: true });
  for (const name of names.filter((some) => some.endsWith('.es.md'))) {
    const file = join(templatesDir, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^reviewed:.*\n/m, '').replace(/^---\n/, `---\n${review}\n`));
  }
}
