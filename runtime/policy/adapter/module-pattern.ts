/** A regular expression over the names of modules, as PEFT takes them in target_modules and rank_pattern. */
export interface ModulePattern {
  /** Whether the text from `start` (by default its first character) to its end is what the pattern describes. */
  matches(text: string, start?: number): boolean;
}

/** Longer patterns than anybody writes by hand are refused, and deeper ones. */
const MAX_LENGTH = 512;
const MAX_DEPTH = 16;
const MAX_REPEAT = 1000;

type Node =
  | { readonly kind: "character"; readonly test: (character: string) => boolean }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "either"; readonly items: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly least: number; readonly most: number }
  | { readonly kind: "begin" | "end" | "boundary" };

/**
 * Reads the part of Python's regular expressions that names of modules are described with: characters, classes,
 * groups, alternatives, repetitions and anchors. An adapter's files are untrusted, and JavaScript's own matcher takes
 * exponential time on some patterns; this one follows all ways at once, in time polynomial in pattern and text.
 *
 * @throws SyntaxError for a pattern that is malformed, too long, or uses something else (look-around, back references)
 */
export function modulePattern(source: string): ModulePattern {
  if (source.length > MAX_LENGTH) throw new SyntaxError(`is longer than ${MAX_LENGTH} characters`);
  const root = new Parser(source).parse();
  return {
    matches(text, start = 0) {
      return new Matcher(text).ends(root, start).has(text.length);
    },
  };
}

class Parser {
  #at = 0;
  #depth = 0;

  constructor(private readonly source: string) {}

  parse(): Node {
    const node = this.#either();
    if (this.#at < this.source.length) throw new SyntaxError("has a ) without its (");
    return node;
  }

  #either(): Node {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError(`nests deeper than ${MAX_DEPTH} groups`);
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? items[0]! : { kind: "either", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.source.length && !"|)".includes(this.source[this.#at]!)) {
      items.push(this.#repeated(this.#atom()));
    }
    return { kind: "sequence", items };
  }

  #atom(): Node {
    const character = this.source[this.#at++]!;
    switch (character) {
      case "(": {
        if (this.#take("?") && !this.#take(":"))
          throw new SyntaxError("uses a group of the kind (?…), which is not read; plain groups are");
        const inner = this.#either();
        if (!this.#take(")")) throw new SyntaxError("has a ( without its )");
        return inner;
      }
      case "[":
        return { kind: "character", test: this.#characterClass() };
      case ".":
        return { kind: "character", test: (each) => each !== "\n" };
      case "^":
        return { kind: "begin" };
      case "$":
        return { kind: "end" };
      case "\\":
        // In a class it would be a backspace, which no name has.
        if (this.#take("b")) return { kind: "boundary" };
        return { kind: "character", test: this.#escape() };
      case "*":
      case "+":
      case "?":
        throw new SyntaxError(`repeats nothing at its ${character}`);
      default:
        return { kind: "character", test: (each) => each === character };
    }
  }

  #repeated(item: Node): Node {
    const counts = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(this.source.slice(this.#at));
    if (counts === null) return item;
    const [all, low, comma, high] = counts;
    let [least, most] = [all === "+" ? 1 : 0, all === "?" ? 1 : Number.POSITIVE_INFINITY];
    if (all.startsWith("{")) {
      if (low === "" && high === "") return item;
      least = Number(low);
      if (comma === "") most = least;
      else if (high !== "") most = Number(high);
    }
    if (least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY) || most < least)
      throw new SyntaxError(`has a repetition out of range, ${all}`);
    this.#at += all.length;
    // Which of several ways is preferred makes no difference to whether there is one.
    this.#take("?");
    if (/^[*+{]/.test(this.source.slice(this.#at))) throw new SyntaxError(`repeats a repetition at ${all}`);
    return { kind: "repeat", item, least, most };
  }

  #characterClass(): (character: string) => boolean {
    const negated = this.#take("^");
    const tests: ((character: string) => boolean)[] = [];
    for (let first = true; ; first = false) {
      const from = this.source[this.#at++];
      if (from === undefined) throw new SyntaxError("has a [ without its ]");
      if (from === "]" && !first) break;
      if (from === "\\") {
        tests.push(this.#escape());
      } else if (
        this.source[this.#at] === "-" &&
        !["]", "\\", undefined].includes(this.source[this.#at + 1])
      ) {
        const to = this.source[this.#at + 1]!;
        this.#at += 2;
        tests.push((each) => each >= from && each <= to);
      } else tests.push((each) => each === from);
    }
    return (each) => tests.some((test) => test(each)) !== negated;
  }

  #escape(): (character: string) => boolean {
    const character = this.source[this.#at++];
    const known = character === undefined ? undefined : ESCAPES.get(character);
    if (known !== undefined) return known;
    if (character === undefined || /[\w]/.test(character))
      throw new SyntaxError(`uses \\${character ?? ""}, which is not read`);
    return (each) => each === character;
  }

  #take(character: string): boolean {
    if (this.source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}

const ESCAPES: ReadonlyMap<string, (character: string) => boolean> = new Map([
  ["d", (each: string) => /\d/.test(each)],
  ["D", (each: string) => /\D/.test(each)],
  ["w", (each: string) => /\w/.test(each)],
  ["W", (each: string) => /\W/.test(each)],
  ["s", (each: string) => /\s/.test(each)],
  ["S", (each: string) => /\S/.test(each)],
]);

/** Where the matches of each part of a pattern end, by where they begin: looked up once for each. */
class Matcher {
  readonly #known = new Map<Node, Map<number, ReadonlySet<number>>>();

  constructor(private readonly text: string) {}

  ends(node: Node, start: number): ReadonlySet<number> {
    let byStart = this.#known.get(node);
    if (byStart === undefined) {
      byStart = new Map();
      this.#known.set(node, byStart);
    }
    let found = byStart.get(start);
    if (found === undefined) {
      found = this.#find(node, start);
      byStart.set(start, found);
    }
    return found;
  }

  #find(node: Node, start: number): ReadonlySet<number> {
    const { text } = this;
    switch (node.kind) {
      case "character":
        return new Set(start < text.length && node.test(text[start]!) ? [start + 1] : []);
      case "begin":
        return new Set(start === 0 ? [start] : []);
      case "end":
        return new Set(start === text.length ? [start] : []);
      case "boundary":
        return new Set(isWord(text[start - 1]) !== isWord(text[start]) ? [start] : []);
      case "either":
        return union(node.items.map((item) => this.ends(item, start)));
      case "sequence":
        return node.items.reduce<ReadonlySet<number>>(
          (starts, item) => this.#after(item, starts),
          new Set([start]),
        );
      case "repeat":
        return this.#repeated(node, start);
    }
  }

  #repeated({ item, least, most }: Node & { kind: "repeat" }, start: number): ReadonlySet<number> {
    let reached: ReadonlySet<number> = new Set([start]);
    // A repetition either moves on or stays: after as many as there are characters, nothing changes any more.
    for (let count = 0; count < Math.min(least, this.text.length + 1); count++)
      reached = this.#after(item, reached);
    for (let count = least; count < most; count++) {
      const more = union([reached, this.#after(item, reached)]);
      if (more.size === reached.size) break;
      reached = more;
    }
    return reached;
  }

  #after(item: Node, starts: ReadonlySet<number>): ReadonlySet<number> {
    return union([...starts].map((start) => this.ends(item, start)));
  }
}

function union(sets: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  return new Set(sets.flatMap((set) => [...set]));
}
