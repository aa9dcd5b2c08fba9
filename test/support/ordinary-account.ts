import { randomBytes } from 'node:crypto';
import { onServer } from './postgres.ts';

export interface OrdinaryAccount {
  readonly user: string;
  readonly password: string;
  /** How many connections it may have; those that are there stay. Null: as many as there are. */
  limit(connections: number | null): Promise<void>;
  /** Once it owns nothing any more. */
  remove(): Promise<void>;
}

/** An account of the test server that is bound by limits, as that of a district is. */
export async function createOrdinaryAccount(): Promise<OrdinaryAccount> {
  const user = `clerk_${process.pid}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(8).toString('hex');
  await onServer(`create role ${user} login password '${password}'`);
  return {
    user,
    password,
    async limit(connections) {
      await onServer(`alter role ${user} connection limit ${connections ?? -1}`);
    },
    async remove() {
      await onServer(`drop role ${user}`);
    },
  };
}
