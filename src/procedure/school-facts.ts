import type { Config, SchoolInfo } from '../config/config-types.ts';
import type { Pictures } from '../domain/picture.ts';
import type { Db } from '../store/database.ts';

/** A school as letters show it: the SIS's name, and what the configuration adds. */
export interface SchoolFacts {
  readonly sourcedId: string;
  readonly name: string;
  readonly phone: string;
  readonly addressLines: readonly string[];
  readonly signature: { readonly name: string; readonly title: string };
  /** Whom families call. */
  readonly contact: { readonly name: string; readonly phone: string; readonly email: string | null };
  readonly pictures: Pictures;
}

/** A school that the configuration does not know speaks with the district's voice. */
export async function readSchoolFacts(db: Db, config: Config, schoolId: number): Promise<SchoolFacts> {
  const school = await db
    .selectFrom('school')
    .select(['sourced_id', 'name'])
    .where('id', '=', schoolId)
    .executeTakeFirstOrThrow();
  const info: SchoolInfo | undefined = config.schools.find((candidate) => candidate.id === school.sourced_id);
  const phone = info?.phone ?? config.district.phone;
  const clerk = config.staffFor('attendance-clerk', school.sourced_id)[0];
  return {
    sourcedId: school.sourced_id,
    name: info?.name ?? school.name,
    phone,
    addressLines: info?.addressLines ?? config.district.addressLines,
    signature: info?.signature ?? { name: config.district.name, title: 'Attendance' },
    contact: { name: clerk?.name ?? 'the attendance office', phone, email: info?.email ?? null },
    pictures: config.picturesFor(school.sourced_id),
  };
}

/** `2026–27` for the school year that ends in 2027. */
export function schoolYearLabel(endYear: string): string {
  const end = Number(endYear);
  return Number.isInteger(end) ? `${end - 1}–${String(end).slice(2)}` : endYear;
}
