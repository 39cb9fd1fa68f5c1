import { bool, builtIn, failing, float, int, list, N, optional, T, text, total, V } from "./patterns.js";
import type { BuiltIn } from "./signature.js";

/**
 * The functions of the language: what the checker, the emitter, the editor and the reference know of them. What they
 * do stands in runtime/machine/functions.
 */
const table: readonly BuiltIn[] = [
  builtIn(
    "len",
    "The number of code points or of elements.",
    total("texts.length", { of: text }, int),
    total("lists.length", { of: list(T) }, int),
  ),
  builtIn("lower", "In small letters.", total("texts.lower", { of: text }, text)),
  builtIn("upper", "In capital letters.", total("texts.upper", { of: text }, text)),
  builtIn("trim", "Without the white space at both ends.", total("texts.trim", { of: text }, text)),
  builtIn(
    "contains",
    "Whether a text holds another; the empty one is in every text.",
    total("texts.contains", { of: text, part: text }, bool),
  ),
  builtIn(
    "starts_with",
    "Whether a text begins with another.",
    total("texts.startsWith", { of: text, part: text }, bool),
  ),
  builtIn(
    "ends_with",
    "Whether a text ends with another.",
    total("texts.endsWith", { of: text, part: text }, bool),
  ),
  builtIn(
    "replace",
    "With every `part`, from the left, replaced; an empty one occurs nowhere.",
    failing("texts.replace", { of: text, part: text, by: text }, text),
  ),
  builtIn(
    "split",
    "The parts between the separators; with an empty one, the code points.",
    failing("texts.split", { of: text, by: text }, list(text)),
  ),
  builtIn(
    "join",
    "The texts one after the other, with `by` between them.",
    failing("texts.join", { of: list(text), by: text }, text),
  ),
  builtIn(
    "lines",
    "The lines without their breaks; a break at the end begins no further line.",
    failing("texts.lines", { of: text }, list(text)),
  ),
  builtIn("words", "What stands between white space.", failing("texts.words", { of: text }, list(text))),
  builtIn(
    "slice",
    "From one index up to another, as far as there is something.",
    total("texts.slice", { of: text, from: int, to: int }, text),
    total("lists.slice", { of: list(T), from: int, to: int }, list(T)),
  ),
  builtIn(
    "find",
    "The index where a text or an element first occurs.",
    total("texts.find", { of: text, part: text }, optional(int)),
    total("lists.find", { of: list(T), item: T }, optional(int)),
  ),
  builtIn("first", "The first element.", total("lists.first", { of: list(T) }, optional(T))),
  builtIn("last", "The last element.", total("lists.last", { of: list(T) }, optional(T))),
  builtIn("reverse", "From the last to the first.", total("lists.reverse", { of: list(T) }, list(T))),
  builtIn(
    "sort",
    "From the lowest to the highest, texts by code points.",
    total("lists.sortTexts", { of: list(text) }, list(text)),
    total("lists.sortNumbers", { of: list(N) }, list(N)),
  ),
  builtIn("unique", "Without the repetitions.", total("lists.unique", { of: list(T) }, list(T))),
  builtIn(
    "range",
    "The whole numbers from 0, or from `from`, up to `to` and without it.",
    failing("lists.range", { to: int }, list(int)),
    failing("lists.between", { from: int, to: int }, list(int)),
  ),
  builtIn(
    "sum",
    "The sum, 0 if there is nothing.",
    failing("lists.sumInts", { of: list(int) }, int),
    failing("lists.sumFloats", { of: list(float) }, float),
  ),
  builtIn(
    "min",
    "The lower of two, or the lowest of a list.",
    total("numbers.min", { a: N, b: N }, N),
    total("lists.min", { of: list(N) }, optional(N)),
  ),
  builtIn(
    "max",
    "The higher of two, or the highest of a list.",
    total("numbers.max", { a: N, b: N }, N),
    total("lists.max", { of: list(N) }, optional(N)),
  ),
  builtIn("any", "Whether one of them is true.", total("lists.any", { of: list(bool) }, bool)),
  builtIn("all", "Whether none of them is false.", total("lists.all", { of: list(bool) }, bool)),
  builtIn("abs", "Without its sign.", total("numbers.abs", { of: N }, N)),
  builtIn(
    "div",
    "The quotient rounded down; the remainder is `%`.",
    failing("numbers.quotient", { a: int, b: int }, int),
  ),
  builtIn("floor", "The whole number at or below.", failing("numbers.floor", { of: float }, int)),
  builtIn("ceil", "The whole number at or above.", failing("numbers.ceil", { of: float }, int)),
  builtIn("round", "The nearest whole number, halves up.", failing("numbers.round", { of: float }, int)),
  builtIn(
    "text",
    "As text: a label by its name, a number as JSON writes it.",
    total("texts.of", { of: V }, text),
  ),
  builtIn(
    "int",
    "The int that a text spells, blanks around it allowed.",
    total("numbers.intOf", { of: text }, optional(int)),
  ),
  builtIn(
    "float",
    "The number that a text spells, blanks around it allowed.",
    total("numbers.floatOf", { of: text }, optional(float)),
  ),
];

/** The functions of the language by name. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map(table.map((each) => [each.name, each]));

/** In the values of a test, and nowhere else. */
export const fileOfTest: BuiltIn = builtIn(
  "file",
  "What a file below the flow's folder holds: the text itself where a text is wanted, JSON elsewhere.",
  total("", { path: text }, T),
);
