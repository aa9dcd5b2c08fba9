/** A number of days, exact: whole ten-thousandths of a day. */
export type Days = number & { readonly __brand: 'Days' };
