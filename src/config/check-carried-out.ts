import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile } from './policy-schema.ts';

/**
 * What a policy can say and the procedure does not carry out yet is refused: read and ignored, it would make the
 * procedure another one than the file shows.
 */
export function checkCarriedOut(file: Partial<PolicyFile>, at: Place): ConfigProblem[] {
  const asked = [
    ...askedOfFile(file).map((one) => ({ ...one, key: one.key as readonly PropertyKey[] })),
    ...(file.steps ?? []).flatMap((step, index) =>
      askedOfStep(step).map((one) => ({ ...one, key: ['steps', index, one.key] })),
    ),
  ];
  return asked
    .filter((one) => one.isAsked)
    .map((one) =>
      at(one.key, `is not carried out by this version, expected ${one.expected ?? 'the key to be left out'}`),
    );
}

interface Asked<Key> {
  readonly key: Key;
  readonly isAsked: boolean;
  /** What may stand there instead; without it the key has to go. */
  readonly expected?: string;
}

function askedOfFile({ effectiveFrom }: Partial<PolicyFile>): Asked<string[]>[] {
  return [{ key: ['effectiveFrom'], isAsked: effectiveFrom !== undefined }];
}

function askedOfStep(step: PolicyFile['steps'][number]): Asked<string>[] {
  return [
    { key: 'legalDeadlineDays', isAsked: step.legalDeadlineDays !== undefined },
    { key: 'requalify', isAsked: step.requalify, expected: '`false`' },
    { key: 'approval', isAsked: step.approval !== undefined },
    { key: 'approvalDays', isAsked: step.approvalDays !== undefined },
  ];
}
