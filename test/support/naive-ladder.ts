/**
 * The ladder worked out anew, as slowly and plainly as can be: dates are text, every amount is counted from the rows
 * day by day, and nothing of the product is used. What it says has to be what the product says.
 */
export interface NaiveStep {
  readonly id: string;
  readonly kind: 'contact' | 'letter' | 'referral';
  /** Half days; of percent, the percentage. */
  readonly at: number;
  readonly unit: 'days' | 'percent' | 'consecutive';
  readonly unexcusedOnly: boolean;
  readonly window: 'year' | 'term' | number;
  readonly fromEnrolledDays: number;
  readonly settleDays: number;
  readonly needsApproval: boolean;
  readonly requalify: boolean;
  readonly orContract: boolean;
  readonly noticeDays: number;
  readonly ages: readonly [number, number] | null;
}

export interface NaivePolicy {
  readonly name: string;
  readonly steps: readonly NaiveStep[];
  readonly onlyHighest: boolean;
  readonly unknownIsUnexcused: boolean;
  readonly tardiesPerDay: number | null;
}

export interface NaiveRow {
  readonly date: string;
  /** 0 for a tardy. */
  readonly halves: number;
  readonly excuse: 'excused' | 'unexcused' | 'unknown';
  readonly tardy?: boolean;
}

export interface NaiveRecord {
  step: string;
  state: 'owed' | 'taken' | 'skipped' | 'withdrawn' | 'pre-existing';
  owedOn: string;
  takenOn: string | null;
  superseded: boolean;
  skippedFor: string | null;
  acted: boolean;
  round: number;
  shadow: boolean;
  policy: string;
  approval: 'asked' | 'given' | 'refused' | null;
  released: boolean;
  by: 'count' | 'contract';
}

export interface NaiveWorld {
  /** Every date of the session, school or not. */
  dates: readonly string[];
  schoolDays: ReadonlySet<string>;
  /** First dates of the terms, in order. */
  terms: readonly string[];
  rows: readonly NaiveRow[];
  enrolled: (date: string) => boolean;
  ageOn: (date: string) => number | null;
  hasRecipient: boolean;
  holds: readonly { from: string; to: string }[];
  contract: { from: string; to: string; halves: number; grace: number } | null;
  lettersOut: readonly { step: string; on: string }[];
  mode: 'shadow' | 'tasks' | 'live';
  baseline: boolean;
  policies: readonly NaivePolicy[];
  /** The last of `policies` holds from this date on; before it, the one before, or none. */
  since: string;
  records: readonly NaiveRecord[];
}

interface Amount {
  readonly reached: boolean;
  readonly halves: number;
}

export interface NaiveLook {
  readonly records: NaiveRecord[];
  /** `step: what is asked`. */
  readonly asks: string[];
  /** By step: why it waits. */
  readonly blocks: Record<string, string[]>;
}

const seen = new WeakMap<readonly NaiveRow[], Map<string, Amount>>();

/** What a step counts as of a date. */
export function naiveAmount(step: NaiveStep, policy: NaivePolicy, world: NaiveWorld, date: string): Amount {
  const known = seen.get(world.rows) ?? new Map<string, Amount>();
  seen.set(world.rows, known);
  const key = `${policy.name} ${step.id} ${date}`;
  const amount = known.get(key) ?? countAnew(step, policy, world, date);
  known.set(key, amount);
  return amount;
}

function countAnew(step: NaiveStep, policy: NaivePolicy, world: NaiveWorld, date: string): Amount {
  const settled = settledDates(step, world, date);
  const through = settled.at(-1);
  if (through === undefined) return { reached: false, halves: 0 };
  let looked = settled.filter((day) => world.schoolDays.has(day));
  if (step.window === 'term') {
    const last = looked.at(-1) ?? '';
    const begins = world.terms.filter((term) => term <= last).at(-1);
    looked = begins === undefined ? [] : looked.filter((day) => day >= begins);
  } else if (step.window !== 'year') {
    looked = looked.slice(-step.window);
  }
  let halves = 0;
  let tardies = 0;
  let run = 0;
  let longest = 0;
  let enrolled = 0;
  for (const day of looked) {
    const rows = rowsOn(world, day).filter((row) => countsFor(step, policy, row));
    const missed = Math.max(0, ...rows.filter((row) => !row.tardy).map((row) => row.halves));
    halves += missed;
    if (rows.some((row) => row.tardy)) tardies += 1;
    run = missed === 2 ? run + 1 : 0;
    longest = Math.max(longest, run);
    if (world.enrolled(day)) enrolled += 1;
  }
  if (step.unit === 'consecutive') return { reached: longest * 2 >= step.at, halves: longest * 2 };
  if (policy.tardiesPerDay !== null) halves += 2 * Math.floor(tardies / policy.tardiesPerDay);
  if (step.unit === 'days') return { reached: halves >= step.at, halves };
  return { reached: enrolled >= step.fromEnrolledDays && halves * 50 >= step.at * enrolled, halves };
}

function rowsOn(world: NaiveWorld, day: string): NaiveRow[] {
  return world.enrolled(day) ? world.rows.filter((row) => row.date === day) : [];
}

function countsFor(step: NaiveStep, policy: NaivePolicy, row: NaiveRow): boolean {
  if (!step.unexcusedOnly || row.excuse === 'unexcused') return true;
  return row.excuse === 'unknown' && policy.unknownIsUnexcused;
}

/** The dates after which, up to and including the date, lie as many school days as it takes. */
function settledDates(step: NaiveStep, world: NaiveWorld, date: string): string[] {
  const settled: string[] = [];
  let schoolDaysSince = 0;
  for (const day of [...world.dates].reverse()) {
    if (day > date) continue;
    const todayCounts = step.kind === 'contact' || day < date;
    if (step.settleDays === 0 ? todayCounts : schoolDaysSince >= step.settleDays) settled.push(day);
    if (world.schoolDays.has(day)) schoolDaysSince += 1;
  }
  return settled.reverse();
}

function schoolDaysBetween(world: NaiveWorld, after: string, upTo: string): number {
  let days = 0;
  for (const day of world.schoolDays) if (after < day && day <= upTo) days += 1;
  return days;
}

function termOf(step: NaiveStep, world: NaiveWorld, date: string): number {
  const last = settledDates(step, world, date)
    .filter((day) => world.schoolDays.has(day))
    .at(-1);
  return last === undefined ? -1 : world.terms.filter((term) => term <= last).length;
}

interface Case {
  step: NaiveStep;
  policy: NaivePolicy;
  record: NaiveRecord | null;
  reached: boolean;
  violated: boolean;
  stood: boolean;
  over: boolean;
  again: boolean;
  applies: boolean;
  changed: boolean;
  found: boolean;
}

/** Everything that a day's look at the ladder comes to. */
export function naiveLook(world: NaiveWorld, today: string): NaiveLook {
  const inForce = policyOn(world, today);
  const cases = inForce.steps.map((step) => caseOf(step, inForce, world, today));
  const records: NaiveRecord[] = [];
  const asks: string[] = [];
  const blocks: Record<string, string[]> = {};
  const givesWayTo = cases.map((one, place) => {
    if (!inForce.onlyHighest || one.step.kind !== 'letter') return null;
    const higher = cases
      .slice(place + 1)
      .filter((other) => other.step.kind === 'letter' && beats(other, one, world));
    return higher.at(-1)?.step.id ?? null;
  });
  const removed = world.records.filter((record) => !inForce.steps.some((step) => step.id === record.step));
  // What was left to the school under a policy that has no such step is judged by none.
  const gone = removed.flatMap((record) => {
    const owing = world.policies.find((one) => one.name === record.policy);
    const step = owing?.steps.find((one) => one.id === record.step);
    if (owing === undefined || step === undefined) return [];
    return [{ ...caseUnder(step, owing, record, world, today), again: false }];
  });
  const fallen = new Set<string>();
  for (const [place, one] of [...cases, ...gone].entries()) {
    const wasTaken = one.record?.state === 'taken' && !shadowIsOver(one, world);
    const isAgain = one.again && givesWayTo[place] === null;
    if (wasTaken && one.applies ? !isAgain && !one.reached && !one.stood : one.record?.superseded) {
      fallen.add(one.step.id);
    }
  }
  for (const [place, one] of cases.entries()) {
    const { record, asked, waits } = judge(one, givesWayTo[place] ?? null, fallen, world, inForce, today);
    if (record !== null) records.push(record);
    asks.push(...asked.map((ask) => `${ask} ${one.step.id}`));
    blocks[one.step.id] = waits;
  }
  for (const record of removed) {
    const one = gone.find((other) => other.record === record);
    if (record.state === 'taken' && one !== undefined) {
      const { record: now, asked } = judge(one, null, fallen, world, inForce, today);
      records.push(now as NaiveRecord);
      asks.push(...asked.map((ask) => `${ask} ${record.step}`));
    } else if (record.state === 'owed') {
      records.push({ ...record, state: 'withdrawn', superseded: false, skippedFor: null });
      asks.push(`withdraw:step-removed ${record.step}`);
    } else records.push(record);
  }
  return { records, asks, blocks };
}

function policyOn(world: NaiveWorld, date: string): NaivePolicy {
  const at = date < world.since ? -2 : -1;
  return (world.policies.at(at) ?? world.policies.at(-1)) as NaivePolicy;
}

function caseOf(step: NaiveStep, policy: NaivePolicy, world: NaiveWorld, today: string): Case {
  const record = world.records.find((one) => one.step === step.id) ?? null;
  const alone = caseUnder(step, policy, record, world, today);
  if (record === null || record.policy === policy.name) return alone;
  const owing = world.policies.find((one) => one.name === record.policy);
  const then = owing?.steps.find((one) => one.id === step.id);
  if (owing === undefined || then === undefined) {
    return { ...alone, again: alone.again && !wasOverTheNewLine(step, policy, record, world, today) };
  }
  const old = caseUnder(then, owing, record, world, today);
  const isGone = record.state === 'taken' && old.applies && !old.reached && !old.stood;
  // Gone by the line of then, and over the line of now: that is below, and up again.
  const now = isGone ? caseUnder(step, policy, { ...record, superseded: true }, world, today) : alone;
  const again = now.again && !wasOverTheNewLine(step, policy, record, world, today);
  if (again) return { ...alone, again };
  if (record.state === 'taken') {
    // A contact is closed when no policy has it stand, neither the one that owed it nor the one in force.
    if (step.kind === 'contact' && isGone && (now.reached || now.stood)) return { ...alone, again };
    return { ...old, again: false };
  }
  return { ...alone, again, changed: !now.reached && !now.stood && (old.reached || old.stood) };
}

/**
 * Over the line of the new policy on its eve, and on every day since, in the same term: nothing has crossed it under the
 * new policy. What the one before it would have begun anew goes on, though.
 */
function wasOverTheNewLine(
  step: NaiveStep,
  policy: NaivePolicy,
  record: NaiveRecord,
  world: NaiveWorld,
  today: string,
): boolean {
  const former = world.policies.at(-2);
  const eve = world.dates.filter((day) => day < world.since).at(-1);
  if (former === undefined || eve === undefined || today < world.since || eve < record.owedOn) return false;
  const since = world.dates.filter((day) => eve <= day && day <= today);
  if (!since.every((day) => naiveAmount(step, policy, world, day).reached)) return false;
  const termThen = termOf(step, world, eve);
  if (step.window === 'term' && termThen > 0 && termOf(step, world, today) > termThen) return false;
  const then = former.steps.find((one) => one.id === step.id);
  if (then === undefined || !then.requalify || !naiveAmount(then, former, world, eve).reached) return true;
  const age = world.ageOn(today);
  return then.ages !== null && age !== null && (age < then.ages[0] || then.ages[1] < age);
}

function caseUnder(
  step: NaiveStep,
  policy: NaivePolicy,
  record: NaiveRecord | null,
  world: NaiveWorld,
  today: string,
): Case {
  const reachedOn = (date: string) => naiveAmount(step, policy, world, date).reached;
  const age = world.ageOn(today);
  const applies = step.ages === null || age === null || (step.ages[0] <= age && age <= step.ages[1]);
  const violated = step.orContract && contractIsViolated(world, today);
  const byCount = reachedOn(today);
  const since = record === null ? [] : world.dates.filter((day) => record.owedOn <= day && day <= today);
  const counts =
    record !== null &&
    (['owed', 'taken', 'withdrawn'].includes(record.state) ||
      (record.state === 'skipped' && record.skippedFor === null && record.approval === 'refused'));
  const stood = counts && since.some(reachedOn);
  const ended = record?.state === 'taken' && record.by === 'contract' && world.contract === null;
  let over = false;
  if (record !== null && typeof step.window === 'number') {
    over = schoolDaysBetween(world, record.owedOn, today) >= step.window;
  } else if (record !== null && step.window === 'term') {
    const then = termOf(step, world, record.owedOn);
    over = then > 0 && termOf(step, world, today) > then;
  }
  let again = false;
  if (record !== null && applies && byCount && step.requalify) {
    const left = record.state === 'taken' || (record.state === 'pre-existing' && !record.released);
    const taken = record.takenOn ?? record.owedOn;
    const then = termOf(step, world, taken);
    const nextTerm = step.window === 'term' && then > 0 && termOf(step, world, today) > then;
    const fell = since.some(
      (low, place) => low >= taken && !reachedOn(low) && since.slice(0, place).some(reachedOn),
    );
    again = left && (record.superseded || nextTerm || fell);
  }
  const bare = {
    step,
    policy,
    record,
    reached: applies && (byCount || violated),
    violated,
    stood: applies && (stood || ended),
    over,
    again,
    applies,
    changed: false,
  };
  return { ...bare, found: wasReachedBefore(bare, world, today) };
}

/** Left to the school: reached at the first look, or by the words of a new policy only. */
function wasReachedBefore(one: Omit<Case, 'found'>, world: NaiveWorld, today: string): boolean {
  const { record, step, policy } = one;
  if (!one.reached || record?.released || (record !== null && record.state !== 'withdrawn')) return false;
  if (world.baseline && record === null) return true;
  const former = world.policies.at(-2);
  const eve = world.dates.filter((day) => day < world.since).at(-1);
  if (eve === undefined || today < world.since) return false;
  const since = world.dates.filter((day) => eve <= day && day <= today);
  const stood = since.every((day) => naiveAmount(step, policy, world, day).reached);
  if (!stood && !(step.orContract && contractIsViolated(world, eve))) return false;
  const then = former?.steps.find((old) => old.id === step.id);
  if (former === undefined || then === undefined) return true;
  const age = world.ageOn(today);
  if (then.ages !== null && age !== null && (age < then.ages[0] || then.ages[1] < age)) return true;
  return (
    !naiveAmount(then, former, world, eve).reached && !(then.orContract && contractIsViolated(world, eve))
  );
}

function contractIsViolated(world: NaiveWorld, today: string): boolean {
  const { contract } = world;
  if (contract === null) return false;
  let halves = 0;
  for (const day of world.schoolDays) {
    if (day < contract.from || day > contract.to || day > today) continue;
    if (contract.grace > 0 && schoolDaysBetween(world, day, today) < contract.grace) continue;
    const rows = rowsOn(world, day).filter((row) => !row.tardy);
    halves += Math.max(0, ...rows.map((row) => row.halves));
  }
  return halves > contract.halves;
}

function shadowIsOver(one: Case, world: NaiveWorld): boolean {
  const { record, step } = one;
  if (!record?.shadow || (record.state !== 'owed' && record.state !== 'taken')) return false;
  return !staysShadow(step, world);
}

function staysShadow(step: NaiveStep, world: NaiveWorld): boolean {
  return step.kind === 'contact' ? world.mode === 'shadow' : world.mode !== 'live';
}

function isRefused(record: NaiveRecord | null): boolean {
  if (record?.approval !== 'refused') return false;
  return record.state === 'owed' || (record.state === 'skipped' && record.skippedFor === null);
}

function isDue(one: Case): boolean {
  const waits = one.record?.state === 'owed' || isRefused(one.record);
  return one.reached || (waits && one.stood && !one.over);
}

function isLeftToSchool(one: Case): boolean {
  return one.found || (one.record?.state === 'pre-existing' && !one.record.released && !one.again);
}

function beats(other: Case, one: Case, world: NaiveWorld): boolean {
  const afresh = one.again || one.record?.released === true || (one.record?.round ?? 1) > 1;
  // What is found today has its whole window before it.
  if (other.found || (shadowIsOver(other, world) && other.reached)) return !afresh;
  if (isLeftToSchool(other) || shadowIsOver(other, world)) return !afresh && !other.over;
  if (other.record?.state === 'taken' && !other.again) {
    const fell = other.applies && !other.reached && !other.stood;
    return !other.over && !(afresh && fell);
  }
  return isDue(other);
}

interface Judged {
  record: NaiveRecord | null;
  asked: string[];
  waits: string[];
}

function judge(
  one: Case,
  givesWayTo: string | null,
  fallen: ReadonlySet<string>,
  world: NaiveWorld,
  inForce: NaivePolicy,
  today: string,
): Judged {
  const { record, step } = one;
  const begin = (state: NaiveRecord['state'], more: Partial<NaiveRecord> = {}): NaiveRecord => ({
    step: step.id,
    state,
    owedOn: today,
    takenOn: state === 'taken' ? today : null,
    superseded: false,
    skippedFor: null,
    acted: false,
    round: record === null ? 1 : record.round + (one.again ? 1 : 0),
    shadow: staysShadow(step, world),
    policy: inForce.name,
    approval: null,
    released: record?.released ?? false,
    by:
      !one.again && one.violated && !naiveAmount(step, inForce, world, today).reached ? 'contract' : 'count',
    ...more,
  });
  const keep = (state: NaiveRecord['state'], more: Partial<NaiveRecord> = {}): NaiveRecord =>
    record === null
      ? begin(state, more)
      : {
          ...record,
          state,
          takenOn: state === 'taken' ? record.takenOn : null,
          superseded: false,
          skippedFor: null,
          ...more,
        };
  const result = (made: NaiveRecord | null, asked: string[] = [], waits: string[] = []) => ({
    record: made,
    asked,
    waits,
  });

  if (shadowIsOver(one, world)) {
    const left = keep('pre-existing', { shadow: false, released: false, policy: inForce.name });
    const asked = ['end-shadow'];
    // What is reached on this day is left to the school with it; what comes later is new.
    return one.reached
      ? result({ ...left, owedOn: today, acted: false, approval: null }, asked)
      : result(left, asked);
  }
  if (isLeftToSchool(one)) {
    if (record?.state === 'pre-existing') return result(keep('pre-existing', { shadow: false }));
    const from = { owedOn: today, acted: false, approval: null };
    return result(keep('pre-existing', { shadow: false, policy: inForce.name, ...from }));
  }
  const isAgain = one.again && givesWayTo === null;
  if (record?.state === 'taken' && !isAgain) {
    if (!one.applies) return result(keep('taken', { superseded: record.superseded }));
    if (one.reached || one.stood) return result(keep('taken'), record.superseded ? ['reinstate'] : []);
    if (step.kind === 'contact') return result(keep('withdrawn'), ['withdraw:count-fell']);
    return result(keep('taken', { superseded: true }), record.superseded ? [] : ['supersede']);
  }
  if (!isDue(one)) return result(...lapse(one, inForce, keep));
  if (isRefused(record)) return result(keep('skipped', { policy: inForce.name }));
  if (givesWayTo !== null) {
    const shadow = record?.state === 'skipped' ? record.shadow : staysShadow(step, world);
    const made = keep('skipped', { skippedFor: givesWayTo, shadow, policy: inForce.name });
    return result(made, record?.state === 'owed' ? ['withdraw:overtaken'] : []);
  }
  const isOpen = record?.state === 'owed' && !isAgain;
  const stays = isOpen && (record.by === 'contract' ? one.violated : one.stood && !one.over);
  const open = isOpen
    ? keep('owed', { policy: inForce.name, by: stays ? record.by : begin('owed').by })
    : begin('owed');
  const waits = whatBlocks(one, fallen, world, inForce, today);
  if (waits.length > 0) return result(open, [], waits);
  if (step.kind === 'contact') {
    return result({ ...open, state: 'taken', takenOn: today }, ['take']);
  }
  if (open.acted) return result(open);
  // Only where nothing is sent by anybody does nobody have to say yes: neither a letter of ours nor one of the office.
  const reachesNobody = open.shadow && world.mode === 'shadow';
  if (step.needsApproval && !reachesNobody && open.approval !== 'given') {
    const ask = open.approval === 'asked' ? [] : ['ask-approval'];
    return result({ ...open, approval: 'asked' }, ask, ['approval']);
  }
  return result({ ...open, acted: true }, [step.kind === 'letter' ? 'plan-letters' : 'open-referral']);
}

function lapse(
  one: Case,
  inForce: NaivePolicy,
  keep: (state: NaiveRecord['state'], more?: Partial<NaiveRecord>) => NaiveRecord,
): [NaiveRecord | null, string[]] {
  const { record } = one;
  if (record === null) return [null, []];
  if (record.state === 'skipped' && !isRefused(record)) {
    return [keep('skipped', { skippedFor: record.skippedFor, policy: inForce.name }), []];
  }
  if (record.state !== 'owed' && record.state !== 'withdrawn' && !isRefused(record)) return [record, []];
  const why = !one.applies
    ? 'not-for-this-student'
    : one.changed
      ? 'policy-changed'
      : one.stood
        ? 'time-passed'
        : record.by === 'contract'
          ? 'no-longer-violated'
          : 'count-fell';
  return [keep('withdrawn'), record.state === 'owed' ? [`withdraw:${why}`] : []];
}

function whatBlocks(
  one: Case,
  fallen: ReadonlySet<string>,
  world: NaiveWorld,
  inForce: NaivePolicy,
  today: string,
): string[] {
  const { step } = one;
  const waits: string[] = [];
  if (!world.enrolled(today)) waits.push('not-enrolled');
  if (step.kind === 'letter') {
    for (const hold of world.holds) if (hold.from <= today && today <= hold.to) waits.push('hold');
  }
  if (step.kind !== 'contact' && step.ages !== null && world.ageOn(today) === null) waits.push('unknown-age');
  if (step.kind === 'letter' && !world.hasRecipient) waits.push('no-recipient');
  if (step.kind === 'referral' && inForce.steps.some((other) => other.kind === 'letter')) {
    const standing = world.lettersOut.filter((letter) => !fallen.has(letter.step));
    const longest = Math.max(-1, ...standing.map(({ on }) => schoolDaysBetween(world, on, today)));
    if (longest < step.noticeDays) waits.push('notice');
  }
  return waits;
}
