import { hintFor, suggest } from '../config/suggest.ts';
import { type AuditAction, atCommandLine } from '../domain/audit.ts';
import type { ContractRefusal } from '../domain/contract-terms.ts';
import { recordAudit } from '../store/audit-log.ts';
import { findContract } from '../store/contracts.ts';
import type { Tx } from '../store/database.ts';
import { UsageError } from './output.ts';

export const REFERENCE = 'reference, for example C-7F3K-2Q9M';

/** Keeps that somebody has done something about a contract. */
export async function noteContract(
  tx: Tx,
  action: AuditAction,
  contract: { readonly ref: string; readonly by: string },
  at: Date,
): Promise<void> {
  const known = await findContract(tx, contract.ref);
  const event = { action, studentId: known?.studentId ?? null, subject: contract.ref.toUpperCase() };
  await recordAudit(tx, { ...event, at, actor: atCommandLine(contract.by), from: null });
}

export function refusedTerms({ part, found, expected, known }: ContractRefusal): UsageError {
  const hint = hintFor(suggest(found.replaceAll('"', ''), known));
  return new UsageError(`--${part}: found ${found}, expected ${expected}${hint}`);
}

export function unknownContract(ref: string): UsageError {
  return new UsageError(`No attendance contract has the reference ${ref}.`);
}
