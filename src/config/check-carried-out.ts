import type { ConfigProblem, Place } from './config-error.ts';
import type { PolicyFile } from './policy-schema.ts';

/**
 * What a policy can say and the procedure does not carry out yet is refused: read and ignored, it would make the
 * procedure another one than the file shows.
 */
export function checkCarriedOut(file: Partial<PolicyFile>, at: Place): ConfigProblem[] {
  return (file.steps ?? []).flatMap((step, index) =>
    step.orWhen.length === 0
      ? []
      : [
          at(
            ['steps', index, 'orWhen'],
            'is not carried out by this version, expected the key to be left out',
          ),
        ],
  );
}
