/** A person, place or region, and where it belongs: the start of a chain, or (a region) a step of it. */
export interface Entity {
  readonly kind: "person" | "place" | "region";
  readonly name: string;
  /** ISO 3166 alpha-2 of the country it belongs to. */
  readonly country: string;
  /** Name of the region a place lies in, if its source says one; its paragraph then tells the region, not the country. */
  readonly region?: string;
  /** "city", "river", "state": a common noun for it. */
  readonly type: string;
  /**
   * What the source says. Of a person a role ("painter of religious works"); of a place a clause with its article, in
   * which `{}` stands for the name of its region or country ("an industrial city in northeastern {}"). May be absent.
   */
  readonly clause?: string;
}
