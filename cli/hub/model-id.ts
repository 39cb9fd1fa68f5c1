/** A model on the Hugging Face Hub, at a branch, a tag or a commit. */
export interface ModelId {
  /** `owner/name`. */
  readonly name: string;
  readonly revision: string;
}

const PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?";
const ID = new RegExp(`^(${PART}/${PART})(?:@([A-Za-z0-9][A-Za-z0-9._/-]{0,200}))?$`);

/** Reads `owner/name` or `owner/name@revision`; undefined for what cannot be an id. */
export function parseModelId(text: string): ModelId | undefined {
  const [, name, revision = "main"] = ID.exec(text) ?? [];
  // The Hub has no such names, and none of these may ever become a path.
  if (name === undefined || /--|\.\./.test(text)) return undefined;
  return { name, revision };
}

/** Whether a revision names one commit for ever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
