import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Secret } from './read-answers.ts';
import { secretQuestions } from './secrets.ts';
import { SetupError } from './setup-error.ts';

/** The environment as a file that a shell, systemd and Docker Compose read alike. */
export const ENVIRONMENT_FILE = 'rollcall.env';
/** With them an editor completes the two files. */
const SCHEMA_FILES = ['district.schema.json', 'policy.schema.json'];
const SECRETS_FOLDER = 'secrets';
const FOR_ALL = 0o644;
const FOR_OWNER = 0o600;
const FOLDER_FOR_OWNER = 0o700;

export interface HomeOptions {
  /** The new folder; absolute. */
  readonly dir: string;
  readonly dataDir: string;
  readonly districtText: string;
  readonly secrets: readonly Secret[];
  /** The product's own `config` folder. */
  readonly shippedConfigDir: string;
}

/**
 * Refuses a folder in which anything lies that would be written.
 * @throws SetupError naming the first such file
 */
export async function refuseTaken(dir: string): Promise<void> {
  for (const name of [
    'district.yaml',
    'policy.yaml',
    ...SCHEMA_FILES,
    ENVIRONMENT_FILE,
    ...secretQuestions.map(({ file }) => join(SECRETS_FOLDER, file)),
  ]) {
    const path = join(dir, name);
    if (await exists(path))
      throw new SetupError(`${path} is there already, and nothing is ever overwritten. Name a new folder.`);
  }
}

/** Writes everything that a district's configuration is made of. Nothing that exists is touched. */
export async function writeHome(options: HomeOptions): Promise<void> {
  const { dir, shippedConfigDir, secrets } = options;
  const shipped = (name: string) => readFile(join(shippedConfigDir, name), 'utf8');
  await mkdir(join(dir, SECRETS_FOLDER), { recursive: true });
  await chmod(join(dir, SECRETS_FOLDER), FOLDER_FOR_OWNER);
  await write(join(dir, 'district.yaml'), options.districtText, FOR_ALL);
  for (const name of ['policy.yaml', ...SCHEMA_FILES])
    await write(join(dir, name), await shipped(name), FOR_ALL);
  for (const secret of secrets) {
    if ('value' in secret) await write(secretPath(dir, secret), `${secret.value}\n`, FOR_OWNER);
  }
  await write(join(dir, ENVIRONMENT_FILE), environmentText(options), FOR_OWNER);
}

/** What `rollcall.env` sets, as a process gets it. */
export function environmentOf({
  dir,
  dataDir,
  secrets,
}: Pick<HomeOptions, 'dir' | 'dataDir' | 'secrets'>): Record<string, string> {
  return {
    ROLLCALL_CONFIG_DIR: dir,
    ROLLCALL_DATA_DIR: dataDir,
    ...Object.fromEntries(
      secrets.map((secret) => [`${secret.question.variable}_FILE`, secretPath(dir, secret)]),
    ),
  };
}

/** @throws SetupError for a path that the readers of the file would take apart */
export function refuseOddPath(path: string): void {
  if (/['\\$"\n\r]/.test(path))
    throw new SetupError(`${path} has a quote, a backslash or a dollar sign in it. Name another folder.`);
}

function environmentText(options: HomeOptions): string {
  const set = environmentOf(options);
  const lines = Object.entries(set).map(([name, value]) => `${name}='${value}'`);
  const unset = secretQuestions
    .filter(({ variable }) => !(`${variable}_FILE` in set))
    .map(
      ({ variable, file, without }) =>
        `# Without it ${without}.\n# ${variable}_FILE='${join(options.dir, SECRETS_FOLDER, file)}'`,
    );
  return [
    '# The environment of Rollcall. In a shell: set -a; . ./rollcall.env; set +a. For systemd: EnvironmentFile=.',
    '# A secret stands alone in its file, with mode 0600; config/README.md of the project lists all of them.',
    ...lines,
    ...unset,
    '',
  ].join('\n');
}

function secretPath(dir: string, secret: Secret): string {
  return 'path' in secret ? secret.path : join(dir, SECRETS_FOLDER, secret.question.file);
}

async function write(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: 'wx', mode });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
