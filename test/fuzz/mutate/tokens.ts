import { keywords, type Lexeme, lexemes } from "../../../grammar/index.js";
import type { Random } from "../random.js";
import { type Mutator, spliced } from "./mutator.js";

const words: readonly string[] = [...keywords, "none", "some", "len", "first", "text", "int", "x"];
const signs = [
  "->",
  "==",
  "!=",
  "<=",
  ">=",
  "<",
  ">",
  "??",
  "?",
  "=",
  "|",
  "+",
  "-",
  "*",
  "/",
  "%",
  ".",
  ",",
];
const brackets = [":", "(", ")", "{", "}", "[", "]", "{{", "}}", "{%", "%}", '"""', '"', "//", "///", "#"];
const values = ["0", "1", "-1", "0.5", "1e3", "true", "none", '""', '"a"', "[]", "{}", "[1, 2]", "{ a: 1 }"];
const inserted: readonly (readonly string[])[] = [words, signs, brackets, values];

/** Changes a text at the place of one of its words or signs. */
function atToken(
  change: (text: string, found: Lexeme, random: Random, all: readonly Lexeme[]) => string,
): Mutator {
  return (text, random) => {
    const all = lexemes(text);
    return all.length === 0 ? text : change(text, random.one(all), random, all);
  };
}

export const removeToken = atToken((text, { span }) => spliced(text, span.start, span.end, ""));

export const removeTokens = atToken((text, { span }, random, all) => {
  const first = all.findIndex((each) => each.span.start === span.start);
  const last = all[Math.min(all.length - 1, first + random.size(4))]!;
  return spliced(text, span.start, last.span.end, "");
});

export const repeatToken = atToken((text, { span, text: image }, random) =>
  spliced(text, span.end, span.end, ` ${image}`.repeat(random.size(3))),
);

export const swapTokens = atToken((text, first, random, all) => {
  const second = random.oneIn(2) ? random.one(all) : (all[all.indexOf(first) + 1] ?? first);
  const [a, b] = first.span.start <= second.span.start ? [first, second] : [second, first];
  if (a === b) return text;
  const between = text.slice(a.span.end, b.span.start);
  return spliced(text, a.span.start, b.span.end, b.text + between + a.text);
});

export const insertToken = atToken((text, { span }, random) =>
  spliced(text, span.start, span.start, `${random.one(random.one(inserted))} `),
);

export const replaceToken = atToken((text, { span }, random) =>
  spliced(text, span.start, span.end, random.one(random.one(inserted))),
);

/** Another name or value of the same kind that stands elsewhere in the text. */
export const exchangeToken = atToken((text, found, random, all) => {
  const others = all.filter(({ kind }) => kind === found.kind);
  return spliced(text, found.span.start, found.span.end, random.one(others).text);
});

export const misspell = atToken((text, { span, text: word }, random) => {
  if (!/^\w{2,}$/.test(word)) return text;
  const at = random.below(word.length - 1);
  const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
  return spliced(
    text,
    span.start,
    span.end,
    random.oneIn(2) ? swapped : word.slice(0, at) + word.slice(at + 1),
  );
});
