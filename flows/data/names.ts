/**
 * The form under which names are compared: lower case, no diacritics, punctuation or articles, single spaces.
 * Stricter than MuSiQue's own answer normalisation, in that it also drops diacritics.
 */
export function normaliseName(name: string): string {
  let normal = normalForms.get(name);
  if (normal === undefined) {
    normal = computeNormalForm(name);
    normalForms.set(name, normal);
  }
  return normal;
}

// A few thousand names are compared millions of times while distractors are sought.
const normalForms = new Map<string, string>();

function computeNormalForm(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s]/gu, "")
    .split(/\s+/u)
    .filter((word) => word !== "" && word !== "a" && word !== "an" && word !== "the")
    .join(" ");
}

/**
 * What a reader may take a name for: punctuation and blanks count for nothing and abbreviations are written out, so
 * "Saint-Paul" is "St. Paul" and "Georgetown" is "George Town". Two names can be confused if they share this form.
 */
export function readingOf(name: string): string {
  const words = normaliseName(name.replace(/[^\p{L}\p{M}\p{N}\s]/gu, " ")).split(" ");
  return words.map((word) => abbreviations.get(word) ?? word).join("");
}

const abbreviations: ReadonlyMap<string, string> = new Map([
  ["st", "saint"],
  ["ste", "sainte"],
  ["mt", "mount"],
  ["ft", "fort"],
]);

/** The normalised words of a name. */
export function nameTokens(name: string): readonly string[] {
  let words = tokenLists.get(name);
  if (words === undefined) {
    const normal = normaliseName(name);
    words = normal === "" ? [] : normal.split(" ");
    tokenLists.set(name, words);
  }
  return words;
}

const tokenLists = new Map<string, readonly string[]>();

/** Whether two texts are different and yet share a word, so that one would earn partial F1 for the other. */
export function overlaps(a: string, b: string): boolean {
  const words = nameTokens(a);
  return nameTokens(b).some((word) => words.includes(word)) && normaliseName(a) !== normaliseName(b);
}

/** Whether `text` holds `phrase` as whole consecutive words, compared in normal form. */
export function mentions(text: string, phrase: string): boolean {
  const inside = normaliseName(text);
  const sought = normaliseName(phrase);
  return inside.includes(sought) && ` ${inside} `.includes(` ${sought} `);
}

/** Text with its indefinite article: "an island", "a port". */
export function withArticle(text: string): string {
  return `${/^[aeiou]/iu.test(text) && !/^(?:uni|eu|one)/iu.test(text) ? "an" : "a"} ${text}`;
}

/** A country's name as it stands in a sentence: "the United States", "Japan". */
export function inSentence(country: string): string {
  return /^(?:United |Central African|Dominican Rep|Czech Rep|Netherlands|Philippines|Bahamas|Gambia|Maldives|Seychelles|Comoros|Ivory C|Republic)|Islands$/u.test(
    country,
  )
    ? `the ${country}`
    : country;
}
