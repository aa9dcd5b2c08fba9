import type { Procedure } from '../src/procedure/procedure.ts';
import { ifAny } from '../src/procedure/procedure-book.ts';
import type { JobDeps } from './deps.ts';

/** @returns null where nothing can be decided yet: before the first sync, or before the first policy holds */
export async function procedureIfAny({ procedure }: Pick<JobDeps, 'procedure'>): Promise<Procedure | null> {
  return ifAny(procedure());
}
