/** What a picture says of a site beside what the flow does: something that was measured there. */
export interface Annotation {
  readonly lines: readonly string[];
  /** How strongly the site stands out, from 0 to 1. */
  readonly level: number;
}

export interface Annotations {
  /** Below the heading: what is shown. */
  readonly caption: string;
  /** By the site's id. A flow that is called at several places has the same sites at each. */
  readonly sites: ReadonlyMap<string, Annotation>;
}
