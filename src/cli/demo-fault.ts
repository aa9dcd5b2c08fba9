import { InvalidArgumentError } from 'commander';
import { type FaultName, faultCatalogue, faultNames, isFaultName } from '../demo/faults/catalogue.ts';
import { type ExpectedOutcome, expectedOutcomes } from '../demo/faults/expected-outcomes.ts';
import type { FaultSource } from '../demo/faults/fault.ts';
import type { Faults } from '../demo/faults/switchboard.ts';
import { counted } from '../domain/plain-words.ts';
import type { SyncOutcome } from '../procedure/sync-district.ts';
import type { Db } from '../store/database.ts';
import { heading, print, table, UsageError } from './output.ts';

/** `list` stands for the question what there is. */
export function faultArgument(name: string): FaultName | 'list' {
  if (name === 'list' || isFaultName(name)) return name;
  throw new InvalidArgumentError('There is no such fault; `rollcall demo --fault list` shows all of them.');
}

export function printFaults(): void {
  const rows = faultNames.map((name) => [
    name,
    faultCatalogue[name].source ?? 'any',
    expectedOutcomes[name],
    faultCatalogue[name].description,
  ]);
  print(table(['fault', 'source', 'expected', 'what is wrong'], rows));
  print();
  for (const [outcome, meaning] of Object.entries(outcomeWords)) print(`  ${outcome.padEnd(12)} ${meaning}`);
}

const outcomeWords: Readonly<Record<ExpectedOutcome, string>> = {
  retried: 'asked again with growing pauses; where that does not help, nothing changes and a person is told',
  tolerated: 'the read is applied; what was odd is counted',
  refused: 'the file is put aside with the reason and a person is told; the last one stays in force',
  quarantined: 'it came and looks wrong: nothing changes, and a person looks at it and decides',
  failed: 'it could not be read: nothing changes and a person is told',
};

/**
 * The attendance source in which the fault shows.
 * @param wanted null: the person did not say
 * @throws UsageError where the fault cannot lie on the source that was asked for
 */
export function sourceFor(fault: FaultName | undefined, wanted: FaultSource | null): FaultSource {
  const of = fault === undefined ? undefined : faultCatalogue[fault].source;
  if (of !== undefined && wanted !== null && wanted !== of) {
    throw new UsageError(
      `The fault ${fault} lies on ${sourceWords[of]}, and --source ${wanted} reads none. Leave --source out, or say --source ${of}.`,
    );
  }
  return wanted ?? of ?? 'oneroster-service';
}

/** What is chosen for a person who did not say it is told. */
export function printChosenSource(
  fault: FaultName | undefined,
  wanted: FaultSource | null,
  chosen: FaultSource,
): void {
  if (wanted === null && fault !== undefined && faultCatalogue[fault].source !== undefined) {
    print(`The fault ${fault} lies on ${sourceWords[chosen]}, so absences are read with --source ${chosen}.`);
  }
}

const sourceWords: Readonly<Record<FaultSource, string>> = {
  'oneroster-service': 'the attendance service',
  'data-extract': 'the extract files',
  'ed-fi': 'the Ed-Fi host',
};

/** What the demonstration lets a fault act on. */
export interface FaultyNight {
  readonly db: Db;
  readonly faults: Faults;
  /** One more read of the same evening, and everything that it makes due. */
  readonly read: (full: boolean) => Promise<SyncOutcome>;
}

/** Reads the same evening once more with the fault on, and tells what came of it. */
export async function showFault({ db, faults, read }: FaultyNight, name: FaultName): Promise<void> {
  const { description, changesOnly } = faultCatalogue[name];
  const expected = expectedOutcomes[name];
  // What staff have done since the last cycle has its own effects.
  await read(false);
  const before = await whatStands(db);
  faults.turnOn(name, expected === 'retried' ? { times: 1 } : {});
  const outcome = await read(changesOnly !== true);
  faults.turnOff(name);
  const after = await whatStands(db);
  heading(`One more night, with the fault ${name}`);
  print(`  What is wrong  ${description}`);
  print(`  Expected       ${expected}: ${outcomeWords[expected]}`);
  print(`  The read was   ${outcome.kind}${'reason' in outcome ? `: ${outcome.reason}` : ''}`);
  for (const line of oddities(outcome)) print(`  Noticed        ${line}`);
  print(`  Counts         ${changeWords(before.counts, after.counts, 'student')}`);
  print(`  Letters        ${changeWords(before.letters, after.letters, 'letter')}`);
}

/** What a sync counts beside the rows that are usual. */
const NOTED: Readonly<Record<string, string>> = {
  retries: 'requests that were made again',
  invalidRows: 'rows that could not be used',
  repeatedRows: 'rows that came twice',
  studentsRenamed: 'students known again under a new id',
  studentsMerged: 'students made one with another',
};

function oddities({ counts, refusedFiles }: SyncOutcome): string[] {
  const noted = Object.entries(NOTED).flatMap(([name, words]) =>
    (counts[name] ?? 0) === 0 ? [] : [`${words}: ${counts[name]}`],
  );
  return [
    ...noted,
    ...refusedFiles.map((file) => `put aside: ${file}`),
    ...(counts.attendanceUnchanged ? ['no new attendance file: the last one stays in force'] : []),
    ...(counts.demographicsRefused ? ['demographics are not granted: birth dates stay as they were'] : []),
  ];
}

async function whatStands(db: Db) {
  const ladders = await db.selectFrom('ladder').select(['student_id', 'total']).execute();
  const letters = await db.selectFrom('letter').select(['ref', 'state']).execute();
  return {
    counts: new Map(ladders.map((row) => [String(row.student_id), String(row.total)])),
    letters: new Map(letters.map((row) => [row.ref, row.state])),
  };
}

function changeWords(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  noun: string,
): string {
  const keys = new Set([...before.keys(), ...after.keys()]);
  const changed = [...keys].filter((key) => before.get(key) !== after.get(key)).length;
  if (changed === 0) return 'are as they were';
  return `have changed for ${counted(changed, noun)}`;
}
