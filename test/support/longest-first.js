import sequencerModule from '@jest/test-sequencer';

const Sequencer = sequencerModule.default ?? sequencerModule;

/** Files that take long for their size, longest first: one that began last would keep one core waiting. */
const LONG = [
  'surviving/many-lives',
  'end-to-end/faults/oneroster-service',
  'end-to-end/faults/ed-fi',
  'procedure/contracts',
  'end-to-end/faults/data-extract',
  'end-to-end/kill-loop',
  'procedure/decision-model',
  'procedure/rounds',
  'procedure/places',
  'end-to-end/small-year',
  'end-to-end/going-live',
  'procedure/referrals',
  'domain/ladder-naive',
].map((name) => `/test/${name}.test.ts`);

/** On a machine that has never run the tests jest would go by the size of the files. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const rankOf = ({ path }) => {
      const rank = LONG.findIndex((name) => path.endsWith(name));
      return rank === -1 ? LONG.length : rank;
    };
    return [...sorted].sort((a, b) => rankOf(a) - rankOf(b));
  }
}
