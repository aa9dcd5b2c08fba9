import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.ts';
import { buildDistrict } from '../../src/demo/district/build-district.ts';
import { writeDemoHome } from '../../src/demo/home.ts';
import { type SimulatedSis, startSimulatedSis } from '../../src/demo/server/simulated-sis.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

const shipped = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const district = buildDistrict({
  seed: 'home',
  schools: 3,
  students: 20,
  schoolYear: 2027,
  timeZone: 'America/Denver',
});
let dir: string;
let sis: SimulatedSis;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'demo-home-'));
  sis = await startSimulatedSis({ district, today: () => schoolDate('2026-10-01') });
});
afterAll(async () => {
  await sis.close();
  await rm(dir, { recursive: true });
});

const write = () =>
  writeDemoHome({
    dir,
    district,
    sis,
    shippedPolicyFile: shipped('config/policy.yaml'),
    shippedTemplatesDir: shipped('templates'),
  });

test('the home of the demonstration is a configuration that the product accepts', async () => {
  const { configDir, env } = await write();
  const config = loadConfig({ configDir, dataDir: dir, env, shippedTemplatesDir: shipped('templates') });
  expect(config.templatesDir).toBe(join(dir, 'templates'));
  expect(config.environment.sisClientId).toBe(sis.clientId);
  expect(config.schools.map(({ id }) => id)).toEqual(district.schools.map(({ sourcedId }) => sourcedId));
  expect(config.staff).toHaveLength(district.staff.length - 1);
});

test('Spanish letters are reviewed there, once, however often the home is written', async () => {
  await write();
  await write();
  const letter = await readFile(join(dir, 'templates/letters/first-letter.es.md'), 'utf8');
  expect(letter.match(/^reviewed: \{ by: "Demonstration district", on: 2026-08-01 \}$/gm)).toHaveLength(1);
  expect(await readFile(shipped('templates/letters/first-letter.es.md'), 'utf8')).not.toContain('reviewed:');
});
