import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { copyOf, execForm, lastOf, parseDockerfile, type Stage } from '../support/dockerfile.ts';

const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
const final = stages.at(-1) as Stage;
const ignored = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

test('every stage begins with a Node of the long-term line, named to the distribution', () => {
  expect(stages.map(({ image }) => image)).toEqual(stages.map(() => 'node:24-bookworm-slim'));
});

test('the image has no compiler, no tests and no development packages: only what is named is copied', () => {
  const copies = final.steps.filter(({ instruction }) => instruction === 'COPY').map(copyOf);
  expect(copies.flatMap(({ from, sources }) => sources.map((source) => `${from ?? ''} ${source}`))).toEqual([
    'packages /app/node_modules',
    'build /app/dist',
    ' package.json',
    ' LICENSE',
    ' templates',
    ' config',
  ]);
  const packages = stages.find(({ name }) => name === 'packages') as Stage;
  expect(lastOf(packages, 'RUN')).toContain('npm ci --omit=dev');
});

test('whatever is copied is there, and is not kept out of the build; whatever is let in is copied', () => {
  const own = stages
    .flatMap(({ steps }) => steps)
    .filter(({ instruction }) => instruction === 'COPY')
    .map(copyOf)
    .filter(({ from }) => from === null)
    .flatMap(({ sources }) => sources);
  for (const source of own) expect({ source, there: existsSync(source) }).toEqual({ source, there: true });
  expect(ignored[0]).toBe('*');
  expect(ignored.slice(1).sort()).toEqual([...new Set(own)].map((source) => `!${source}`).sort());
});

test('it runs as a numbered account without rights, is asked for its health, and no shell stands before the process', () => {
  expect(lastOf(final, 'USER')).toBe('1000:1000');
  const after = final.steps.slice(final.steps.findIndex(({ instruction }) => instruction === 'USER'));
  expect(after.map(({ instruction }) => instruction)).not.toContain('RUN');
  expect(execForm(lastOf(final, 'ENTRYPOINT'))).toEqual([
    'node',
    '--max-semi-space-size=4',
    'dist/src/cli/rollcall.js',
  ]);
  expect(execForm(lastOf(final, 'CMD'))[0]).toBe('start');
  expect(execForm(lastOf(final, 'HEALTHCHECK')).join(' ')).toContain('/live');
});

test('nothing is fetched by an address, run by another’s script, or handed over as a build argument', () => {
  for (const { instruction, words } of stages.flatMap(({ steps }) => steps)) {
    expect(['ADD', 'ARG', 'SHELL', 'ONBUILD']).not.toContain(instruction);
    if (instruction === 'RUN') expect(words).not.toMatch(/curl|wget|https?:|sudo|chmod\s+777|apt-get/);
    if (instruction === 'ENV') expect(words).not.toMatch(/PASSWORD|SECRET|KEY|_URL/);
  }
});

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly restart: string;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly volumes?: readonly string[];
  readonly tmpfs: string | readonly string[];
  readonly command?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}

const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
};

test.each(Object.entries(compose.services))('%s may do nothing that it need not do', (name, service) => {
  expect(service).toMatchObject({
    user: '1000:1000',
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    restart: 'unless-stopped',
  });
  expect(Object.keys(service.deploy.resources.limits).sort()).toEqual(['cpus', 'memory', 'pids']);
  expect(service.image).toMatch(/:(?:\$\{ROLLCALL_VERSION:-latest\}|[\d.]+-\w+)$/);
  for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
  for (const volume of service.volumes ?? []) {
    const [source = ''] = volume.split(':');
    if (!source.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(source);
  }
  if (name === 'rollcall') return;
  // Its image has none, and others wait for it.
  expect(service.healthcheck?.test[0]).toBe('CMD');
  expect(compose.services.rollcall?.depends_on?.[name]).toEqual({ condition: 'service_healthy' });
  expect(service).not.toHaveProperty('ports');
  expect(service.networks.map((network) => compose.networks[network]?.internal)).toEqual([true]);
});

test('secrets are files, the configuration is read only, and backups lie on a volume of their own', () => {
  const { rollcall, postgres } = compose.services as { rollcall: Service; postgres: Service };
  expect(rollcall.environment).toBeUndefined();
  expect(rollcall.env_file).toBe('./district/rollcall.env');
  expect(rollcall.volumes).toEqual(['./district:/config:ro', 'data:/data', 'backups:/data/backups']);
  expect(postgres.environment).not.toHaveProperty('POSTGRES_PASSWORD');
  expect(postgres.environment?.POSTGRES_PASSWORD_FILE).toBe('/run/secrets/postgres-password');
  expect(compose.secrets).toEqual({ 'postgres-password': { file: './district/secrets/postgres-password' } });
  expect(rollcall.ports?.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
});

test('the queue’s server is one that Rollcall takes: it refuses a new job rather than throw an old one away', () => {
  const { command = [] } = compose.services.valkey as Service;
  expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction');
});

test('a container is given more time to stop than the service takes', () => {
  const seconds = Number.parseInt(compose.services.rollcall?.stop_grace_period ?? '', 10);
  const shipped = JSON.parse(readFileSync('config/district.schema.json', 'utf8'));
  expect(seconds).toBeGreaterThan(shipped.properties.service.properties.stopSeconds.default);
});
