import { lexemes } from "../../../grammar/index.js";
import type { Random } from "../random.js";
import { type Mutator, spliced } from "./mutator.js";

/** Open, middle and close of what may stand in itself; `@` is where the inner one goes. */
const nests: readonly (readonly [open: string, inner: string, close: string])[] = [
  ["(", "1", ")"],
  ["[", "", "]"],
  ["{ a: ", "1", " }"],
  ["not ", "true", ""],
  ["-", "1", ""],
  ["- (", "1", ")"],
  ["[x for x in ", "[1]", "]"],
  ["f(", "", ")"],
  ["list<", "int", ">"],
  ["{ a: ", "int", " }"],
  ["{ return ", "1", " }"],
  ["loop up to 2 { ", "break", " }"],
  ["branch true { true -> ", "pass", " false -> pass }"],
  ["parallel x in ", "[1]", " { yield x }"],
  ["parallel x in [1] { yield ", "x", " }"],
  ["pick x from ", "[1]", " by f(x) is a else break"],
  ["return pick x from [1] by f(x) is a else ", "break", ""],
  ["{% if true %}", "a", "{% end %}"],
  ["{% for x in y %}", "{{ x }}", "{% end %}"],
  ["{{ ", "x", " }}"],
  ['"""', "{{ x }}", '"""'],
  ["let x = ", "1", " "],
  ["x is ", "a", ""],
  ["a -> ", "pass", ""],
  ["yes | ", "no", ""],
];

/** What may follow its like without an end. */
const chains: readonly string[] = [
  " + 1",
  " and true",
  " or x",
  " ?? none",
  ".a",
  "[0]",
  "(1)",
  " == 1",
  ", 1",
  " | a",
  "?",
  "# x\n",
  "/// x\n",
  " let x = 1",
  "type T = int\n",
  "flow f() -> int { return 1 }\n",
  "\n",
  " ",
  "{% end %}",
  '"',
  "\\",
  "/",
];

/** Nesting and chains: a few levels often, many now and then. */
export const nest: Mutator = (text, random) => {
  const [open, inner, close] = random.one(nests);
  const levels = random.size(random.oneIn(10) ? 14 : 9);
  const isWhole = !random.oneIn(3);
  return insertAnywhere(text, `${open.repeat(levels)}${inner}${isWhole ? close.repeat(levels) : ""}`, random);
};

export const chain: Mutator = (text, random) =>
  insertAnywhere(text, `1${random.one(chains).repeat(random.size(random.oneIn(10) ? 14 : 9))}`, random);

/** Numbers, names and texts that are larger than any that make sense. */
export const hugeValue: Mutator = (text, random) => {
  const size = random.size(random.oneIn(10) ? 16 : 10);
  const huge = random.one([
    () => "9".repeat(size),
    () => `0.${"0".repeat(size)}1`,
    () => `1e${"9".repeat(Math.min(size, 20))}`,
    () => "1e-999",
    () => "9007199254740992",
    () => "a".repeat(size),
    () => `"${"a".repeat(size)}"`,
    () => `"${'\\"'.repeat(size)}"`,
    () => `"${"\\u{41}".repeat(size)}"`,
    () => `"${"\\u{110000}".repeat(random.size(6))}"`,
    () => `"${"\\".repeat(size)}"`,
    () => `"""${"{".repeat(size)}"""`,
    () => `"""${'" '.repeat(size)}"""`,
    () => `"""${"a\n ".repeat(size)}"""`,
  ])();
  const found = lexemes(text);
  if (found.length === 0 || random.oneIn(3)) return insertAnywhere(text, huge, random);
  const { span } = random.one(found);
  return spliced(text, span.start, span.end, huge);
};

/** Far more of the same than a person writes, up to and over what a file may be. */
export const blowUp: Mutator = (text, random) => {
  const wanted = random.oneIn(50) ? 1_100_000 : 2 ** (9 + random.below(6));
  return text.repeat(Math.ceil(wanted / Math.max(1, text.length))).slice(0, wanted);
};

function insertAnywhere(text: string, inserted: string, random: Random): string {
  const found = lexemes(text);
  const at =
    found.length === 0 || random.oneIn(4) ? random.below(text.length + 1) : random.one(found).span.start;
  return spliced(text, at, at, `${inserted} `);
}
