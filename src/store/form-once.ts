import type { Tx } from './database.ts';

export interface FormAnswer {
  readonly to: string;
  readonly notice: string | null;
}

export type TakenOnce =
  | { readonly kind: 'first' }
  /** `answer` is null where it was a file. */
  | { readonly kind: 'before'; readonly answer: FormAnswer | null };

/** Takes the key of a form. One that is being handled elsewhere is waited for. */
export async function takeFormOnce(tx: Tx, key: Buffer, now: Date): Promise<TakenOnce> {
  const taken = await tx
    .insertInto('form_once')
    .values({ key, at: now, answer: null })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('key')
    .executeTakeFirst();
  if (taken !== undefined) return { kind: 'first' };
  const before = await tx
    .selectFrom('form_once')
    .select('answer')
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return { kind: 'before', answer: before.answer };
}

export async function keepFormAnswer(tx: Tx, key: Buffer, answer: FormAnswer): Promise<void> {
  await tx
    .updateTable('form_once')
    .set({ answer: JSON.stringify(answer) })
    .where('key', '=', key)
    .execute();
}
