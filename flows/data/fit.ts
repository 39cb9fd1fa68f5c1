import { type Doc, factsOf } from "./documents.js";
import { mentions, normaliseName, overlaps } from "./names.js";
import type { Path } from "./path.js";

/** Everything a document names whose confusion would be an answer: its title if an answer may be one, and its values. */
function valuesOf(doc: Doc): string[] {
  const values = factsOf(doc).map(([, value]) => value);
  return doc.kind === "person" || doc.kind === "in-country" || doc.kind === "in-region"
    ? values
    : [doc.title, ...values];
}

/** The source's own words in a document ("a writer who won ..." must not stand where "won" is an answer). */
function clauseOf(doc: Doc): string {
  return "entity" in doc ? (doc.entity.clause ?? doc.entity.type) : "";
}

/** Whether a document may stand beside the others without giving away or blurring an answer. */
export function fits(doc: Doc, gold: Path, chosen: readonly Doc[]): boolean {
  const secrets = [gold.start, ...gold.answers, ...gold.aliases];
  const told = [doc.title, ...valuesOf(doc)];
  if (chosen.some((other) => normaliseName(other.title) === normaliseName(doc.title))) return false;
  if (secrets.some((secret) => told.some((text) => mentions(text, secret) || overlaps(text, secret))))
    return false;
  if (secrets.some((secret) => mentions(clauseOf(doc), secret))) return false;
  const values = valuesOf(doc);
  return chosen.every((other) =>
    valuesOf(other).every((value) => values.every((mine) => !overlaps(value, mine))),
  );
}

/** Whether the chain's own names are distinct, share no word, and stand in no document but their own. */
export function isSound(path: Path): boolean {
  const names = [path.start, ...path.answers];
  const distinct = names.every((a, i) =>
    names.every((b, j) => i === j || (!mentions(a, b) && !overlaps(a, b))),
  );
  return (
    distinct &&
    path.answers.every((answer, hop) =>
      path.docs.every(
        (doc, i) =>
          i === hop ||
          i === hop + 1 ||
          [doc.title, ...valuesOf(doc)].every((text) => !mentions(text, answer)),
      ),
    ) &&
    path.docs.every((doc) => names.every((name) => !mentions(clauseOf(doc), name)))
  );
}
