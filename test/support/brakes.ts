import { brakesSchema } from '../../src/config/brakes-schema.ts';
import type { BrakeLimits } from '../../src/domain/brakes.ts';

/** The limits that hold where a configuration says nothing. */
export const shippedBrakes: BrakeLimits = { ...brakesSchema.parse({}), copies: null };
