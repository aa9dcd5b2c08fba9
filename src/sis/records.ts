export type * from '../domain/sis-records.ts';
