import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load-config.ts';
import { VERSION } from '../config/version.ts';
import { openRoster } from '../sis/open-sis.ts';
import { SisError } from '../sis/sis-error.ts';
import { sisOptions } from '../wiring/sis-options.ts';
import { districtText, type ListedSchool } from './district-text.ts';
import type { Told } from './read-answers.ts';

const ATTEMPTS = 2;
const PATIENCE_MS = 60_000;

export type Listed =
  | { readonly kind: 'listed'; readonly schools: readonly ListedSchool[] }
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'no-answer'; readonly reason: string };

/**
 * Tries the answers as a configuration, and asks the SIS for its schools with it.
 * @param shipped the product's own policy and templates
 * @throws ConfigError when the answers and the environment do not fit together; nothing has been written then
 */
export async function listSchools(
  { answers, secrets }: Told,
  env: Readonly<Record<string, string | undefined>>,
  shipped: { readonly policyFile: string; readonly templatesDir: string },
): Promise<Listed> {
  const trial = await mkdtemp(join(tmpdir(), 'rollcall-init-'));
  try {
    await writeFile(join(trial, 'district.yaml'), districtText(answers, []));
    await cp(shipped.policyFile, join(trial, 'policy.yaml'));
    const config = loadConfig({
      configDir: trial,
      dataDir: trial,
      env: { ...env, ...given(secrets) },
      shippedTemplatesDir: shipped.templatesDir,
    });
    const { sisClientId, attendanceClientId } = config.environment;
    if (sisClientId === null || (answers.source === 'ed-fi' && attendanceClientId === null))
      return { kind: 'not-asked' };
    const options = sisOptions(config, () => new Date(), VERSION);
    const roster = { ...options.roster, attempts: ATTEMPTS, totalTimeoutMs: PATIENCE_MS };
    return await read({ ...options, roster });
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

async function read(options: ReturnType<typeof sisOptions>): Promise<Listed> {
  const schools = new Map<string, string>();
  try {
    for await (const { records } of openRoster(options).schools()) {
      for (const { sourcedId, name, active } of records) if (active) schools.set(sourcedId, name);
    }
  } catch (error) {
    if (!(error instanceof SisError)) throw error;
    return { kind: 'no-answer', reason: error.message };
  }
  return schools.size === 0
    ? { kind: 'no-answer', reason: 'it has none, or a permission is missing' }
    : { kind: 'listed', schools: [...schools].map(([id, name]) => ({ id, name })) };
}

function given(secrets: Told['secrets']): Record<string, string> {
  return Object.fromEntries(
    secrets.flatMap((secret) => ('value' in secret ? [[secret.question.variable, secret.value]] : [])),
  );
}
