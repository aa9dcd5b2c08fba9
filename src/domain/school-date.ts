/** A calendar date in the district's time zone, `YYYY-MM-DD`. Compares correctly as text. */
export type SchoolDate = string & { readonly __brand: 'SchoolDate' };
