/** Nobody misspells a longer word, and comparing takes as long as the product of the lengths. */
const longest = 200;

/** A file may have more names than can be compared with each of its mistakes. */
const most = 300;

/**
 * The names that a word may be a misspelling of: at most three, nearest first, then by the alphabet. A name is near
 * if a third of its letters, or fewer, were inserted, left out, changed or swapped with a neighbour; case is free.
 */
export function suggest(word: string, names: Iterable<string>): readonly string[] {
  if (word.length > longest) return [];
  const wanted = word.toLowerCase();
  const near: { name: string; distance: number }[] = [];
  let compared = 0;
  for (const name of new Set(names)) {
    if (name.length > longest) continue;
    if (compared++ === most) break;
    const allowed = Math.floor(Math.max(name.length, word.length) / 3);
    if (name === word || Math.abs(name.length - word.length) > allowed) continue;
    const distance = editDistance(wanted, name.toLowerCase(), allowed);
    if (distance <= allowed) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, 3).map((each) => each.name);
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbours as one step. Above `allowed` any number. */
function editDistance(a: string, b: string, allowed: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    // A swap looks two rows back.
    if (Math.min(...row) > allowed && Math.min(...last) > allowed) return allowed + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
