/** Byte-pair encoding over bytes (Sennrich et al. 2016; the byte alphabet is GPT-2's), and nothing else. */

/** Vocabulary pieces in the order of their ids, and the merges that make them. */
export interface BytePairs {
  /** The 256 bytes, then one piece per merge, in printable spelling. */
  readonly pieces: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/** GPT-2's split into words: a word holds the space before it. */
const WORD = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** GPT-2's printable character for each byte: itself where it is printable Latin-1, else one from U+0100 on. */
function byteAlphabet(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

/** Counts the words of texts, each with a space before its first word, as the pre-tokenizer puts it there. */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of (text.startsWith(" ") ? text : ` ${text}`).match(WORD) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * Learns merges greedily: the most frequent pair of neighbours becomes a piece, ties to the pair of smaller ids.
 *
 * @param words how often each word occurs; merges never cross words
 * @param size number of pieces to end with, at least 256
 * @throws RangeError if the words have too few pairs for that many pieces
 */
export function trainBytePairs(words: ReadonlyMap<string, number>, size: number): BytePairs {
  const pieces = byteAlphabet();
  const merges: [string, string][] = [];
  const corpus = [...words].map(([word, count]) => ({ symbols: [...Buffer.from(word)], count }));
  const table = new PairTable();
  corpus.forEach(({ symbols, count }, index) => {
    table.add(symbols, count, index);
  });
  while (pieces.length < size) {
    const best = table.best();
    if (best === undefined)
      throw new RangeError(`the corpus gives only ${pieces.length} pieces, not ${size}`);
    const [left, right] = best;
    const piece = pieces.length;
    pieces.push(pieces[left]! + pieces[right]!);
    merges.push([pieces[left]!, pieces[right]!]);
    for (const index of table.wordsWith(left, right)) {
      const word = corpus[index]!;
      table.add(word.symbols, -word.count, index);
      word.symbols = merge(word.symbols, left, right, piece);
      table.add(word.symbols, word.count, index);
    }
  }
  return { pieces, merges };
}

function merge(symbols: readonly number[], left: number, right: number, piece: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(piece);
      i++;
    } else {
      out.push(symbols[i]!);
    }
  }
  return out;
}

/** Counts of neighbouring pairs, and the words that (may) hold them. */
class PairTable {
  private readonly counts = new Map<number, number>();
  private readonly words = new Map<number, Set<number>>();

  add(symbols: readonly number[], count: number, word: number): void {
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = symbols[i]! * PairTable.STRIDE + symbols[i + 1]!;
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + count);
      const holders = this.words.get(pair);
      if (holders === undefined) this.words.set(pair, new Set([word]));
      else holders.add(word);
    }
  }

  best(): [number, number] | undefined {
    let best = 0;
    let most = 0;
    for (const [pair, count] of this.counts) {
      if (count > most || (count === most && count > 0 && pair < best)) {
        best = pair;
        most = count;
      }
    }
    return most === 0 ? undefined : [Math.floor(best / PairTable.STRIDE), best % PairTable.STRIDE];
  }

  wordsWith(left: number, right: number): number[] {
    return [...(this.words.get(left * PairTable.STRIDE + right) ?? [])].sort((a, b) => a - b);
  }

  private static readonly STRIDE = 1 << 20;
}
