import { type DeletedRecord, isDeleted } from '../../domain/sis-records.ts';
import { type Field, Refusal, readOrNull, shape } from '../shape.ts';
import type { RowReader } from './read-rows.ts';
import { active, requiredId } from './wire-fields.ts';

const bareSchema = shape({ sourcedId: requiredId(), status: active() });

/** A removed row needs its id alone: what it once said no longer matters, and servers empty it. */
export function deletable<Wire, T>(
  reader: RowReader<Wire, T>,
): RowReader<Wire | DeletedRecord, T | DeletedRecord> {
  const { schema, map, doubtsIn = () => [] } = reader;
  return {
    ...reader,
    schema: (row) => {
      try {
        return schema(row);
      } catch (error) {
        if (!(error instanceof Refusal) || !isRemoved(row)) throw error;
        return { sourcedId: bareSchema(row).sourcedId, deleted: true };
      }
    },
    map: (wire) => (isDeleted(wire) ? wire : map(wire)),
    doubtsIn: (wire) => (isDeleted(wire) ? [] : doubtsIn(wire)),
  };
}

/** Whether a row has an id and says that it was removed. */
export function isRemoved(row: unknown): boolean {
  return readOrNull(bareSchema, row)?.status === false;
}

/** Whether a row was removed and no longer says what its kind has to say. */
export function isEmptied(row: unknown, schema: Field<unknown>): boolean {
  return isRemoved(row) && readOrNull(schema, row) === null;
}
