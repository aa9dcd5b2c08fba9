import type { ColumnType, JSONColumnType } from 'kysely';
import type { SchoolDate } from '../../domain/school-date.ts';

/** A column that may be left out when a row is made, and is null then. */
export type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>;

export type OptionalDate = Optional<SchoolDate>;
export type OptionalText = Optional<string>;
export type OptionalInt = Optional<number>;

export type Timestamp = ColumnType<Date, Date, Date>;
export type NullableTimestamp = Optional<Date>;

/** Read as it is, written as text. */
export type Json<T extends object> = JSONColumnType<T, string, string>;
