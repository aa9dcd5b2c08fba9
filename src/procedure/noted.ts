import type { Tx } from '../store/database.ts';

/** What whoever asked for a change has to say of it for the record, in the transaction of the change. */
export type Noted<T> = (tx: Tx, done: T) => Promise<void>;
