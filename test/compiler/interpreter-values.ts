/** What the plain interpreter computes with; `none` is null. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [field: string]: Value };

/** The flow went wrong on its values: an index or an int out of range. */
export class Failed extends Error {}
