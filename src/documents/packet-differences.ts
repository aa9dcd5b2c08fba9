import { longDate } from './dates.ts';
import type { PacketFacts } from './packet-facts.ts';

/** What two packets of one case list differently, each difference as a sentence; nothing that only moved with the day. */
export function packetDifferences(before: PacketFacts, after: PacketFacts): string[] {
  const [was, is] = [before, after].map(({ absences }) => absences.at(-1)?.running ?? '0');
  return [
    ...(was === is ? [] : [`The count is ${is} days, and was ${was}.`]),
    ...changed(before.absences, after.absences, {
      key: ({ date }) => date,
      name: ({ date }) => `The absence of ${longDate(date, 'en')}`,
      says: ({ days, excuse, code }) => `${days} days, ${excuse}, ${code}`,
    }),
    ...changed(before.letters, after.letters, {
      key: ({ reference }) => reference,
      name: ({ reference }) => `Letter ${reference}`,
      says: ({ how, proof }) => `${how}; ${proof}`,
    }),
    ...changed(before.contracts, after.contracts, {
      key: ({ reference }) => reference,
      name: ({ reference }) => `Attendance contract ${reference}`,
      says: ({ agreed, standing }) => `${agreed}; ${standing}`,
    }),
    ...changed(before.meetings, after.meetings, {
      key: ({ reference }) => reference,
      name: ({ reference }) => `Meeting ${reference}`,
      says: ({ outcome }) => outcome,
    }),
    ...changed(before.documents, after.documents, {
      key: ({ reference }) => reference,
      name: ({ title, reference }) => `${title} ${reference}`,
      says: ({ title }) => title,
    }),
    ...changed(before.contacts, after.contacts, {
      key: ({ date, by, outcome, note }) => JSON.stringify([date, by, outcome, note]),
      name: ({ date }) => `A contact of ${longDate(date, 'en')}`,
      says: ({ outcome }) => outcome,
    }),
  ];
}

function changed<T>(
  before: readonly T[],
  after: readonly T[],
  of: { key: (one: T) => string; name: (one: T) => string; says: (one: T) => string },
): string[] {
  const [was, is] = [before, after].map((list) => new Map(list.map((one) => [of.key(one), one])));
  const gone = before.filter((one) => !is?.has(of.key(one))).map((one) => `${of.name(one)} is gone.`);
  const rest = after.flatMap((one) => {
    const old = was?.get(of.key(one));
    if (old === undefined) return [`${of.name(one)} is new: ${of.says(one)}.`];
    return of.says(old) === of.says(one) ? [] : [`${of.name(one)}: ${of.says(one)}; it was ${of.says(old)}.`];
  });
  return [...gone, ...rest];
}
