import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { gzip } from "../../flows/data/files.js";
import { filesOf } from "../../flows/data/make-files.js";
import { mentions, nameTokens, normaliseName } from "../../flows/data/names.js";
import { closedRelations, type Relation } from "../../flows/data/relations.js";
import type { Row } from "../../flows/data/row.js";
import { type Part, parts } from "../../flows/data/split.js";
import { loadWorld, type World } from "../../flows/data/world.js";
import { answerF1 } from "../../runtime/simulator/index.js";

const names: Readonly<Record<Part, readonly string[]>> = {
  train: ["train", "full-train", "train-apart", "full-train-apart"],
  monitor: ["monitor", "full-monitor", "monitor-apart", "full-monitor-apart"],
  report: ["report", "full-report", "report-apart", "full-report-apart"],
};

function bytesOf(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../../flows/data/${name}.jsonl.gz`, import.meta.url)));
}

const rows = new Map<string, readonly Row[]>();
let world: World;

beforeAll(() => {
  world = loadWorld();
  for (const name of Object.values(names).flat()) {
    const lines = gunzipSync(bytesOf(name)).toString("utf8").trimEnd().split("\n");
    rows.set(
      name,
      lines.map((line) => JSON.parse(line) as Row),
    );
  }
});

/** What a reader may take a name for, worked out apart from the generator: its letters, with "St." for "Saint" and the like. */
function reading(name: string): string {
  const plain = name
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/gu, "")
    .toLowerCase();
  return ` ${plain.replace(/[^\p{L}\p{N}]+/gu, "  ")} `
    .replace(/ (?:an?|the) /gu, " ")
    .replace(/ st(e?) /gu, " saint$1 ")
    .replace(/ mt /gu, " mount ")
    .replace(/ ft /gu, " fort ")
    .replaceAll(" ", "");
}

const rowsIn = (name: string): readonly Row[] => rows.get(name) ?? [];
const relationOf = (question: string): Relation => question.split(" of ")[0] as Relation;
const isClosed = (question: string): boolean => closedRelations.has(relationOf(question));

/** Titles of currencies' and time zones' paragraphs are values of closed sets. */
function isCode(title: string): boolean {
  return /^[A-Z]{3,5}$/u.test(title) && (world.units.has(title) || world.offsets.has(title));
}

describe("the committed files", () => {
  it("are what the recipe makes, byte for byte", () => {
    for (const { name, text } of filesOf(world)) {
      expect(gunzipSync(bytesOf(name)).toString("utf8") === text, name).toBe(true);
      expect(gzip(text).equals(bytesOf(name)), name).toBe(true);
    }
  });

  it("have no time and no system in their gzip headers", () => {
    for (const name of Object.values(names).flat()) {
      expect([...bytesOf(name).subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }
  });

  it("have the sizes and the mix of hops that the card tells", () => {
    const hops = (name: string) =>
      [2, 3, 4].map((n) => rowsIn(name).filter((row) => row.id.startsWith(`${n}hop`)).length);
    expect(hops("train")).toEqual([5200, 3640, 1560]);
    expect(hops("train-apart")).toEqual([1000, 700, 300]);
    expect(hops("monitor")).toEqual([230, 170, 100]);
    expect(hops("report")).toEqual([460, 340, 200]);
    expect(hops("monitor-apart")).toEqual([230, 170, 100]);
    expect(hops("report-apart")).toEqual([460, 340, 200]);
    expect(["train", "monitor", "report"].map((part) => rowsIn(`full-${part}`).length)).toEqual([
      4000, 1000, 2000,
    ]);
  });

  it("tell no more than one fact of a country in a paragraph, where facts are told apart", () => {
    let siblings = 0;
    const countries = new Set([...world.countries.values()].map((country) => country.name));
    for (const name of Object.values(names)
      .flat()
      .filter((each) => each.endsWith("-apart"))) {
      for (const row of rowsIn(name)) {
        for (const { title, paragraph_text, is_supporting } of row.paragraphs) {
          const told =
            paragraph_text.match(/\b(?:capital|currency|continent|language|calling code) /gu) ?? [];
          if (countries.has(title) && told.length !== 1) expect.fail(`${row.id}: ${paragraph_text}`);
          if (!is_supporting && row.paragraphs.some((p) => p.is_supporting && p.title === title)) siblings++;
        }
      }
    }
    // What makes these files harder: other facts of the very countries that are asked about.
    expect(siblings).toBeGreaterThan(5_000);
  });

  it("ask nothing twice", () => {
    for (const name of ["train", "monitor", "report", "monitor-apart", "report-apart"]) {
      expect(new Set(rowsIn(name).map((row) => row.id)).size).toBe(rowsIn(name).length);
    }
  });
});

describe("the parts", () => {
  it("share no person, place or country, in chains, questions, distractors or texts", () => {
    const owner = new Map<string, Part>();
    const claim = (name: string, part: Part): void => {
      const key = reading(name);
      if ((owner.get(key) ?? part) !== part) expect.fail(`"${name}" stands in two parts`);
      owner.set(key, part);
    };
    for (const part of parts) {
      for (const row of names[part].flatMap(rowsIn)) {
        for (const { title } of row.paragraphs) if (!isCode(title)) claim(title, part);
        for (const step of row.question_decomposition) {
          if (!isClosed(step.question)) claim(step.answer, part);
          const subject = step.question.split(" of ").slice(1).join(" of ");
          if (!subject.startsWith("#") && !isCode(subject)) claim(subject, part);
        }
        for (const alias of row.answer_aliases) claim(alias, part);
      }
    }
  });

  it("mention no name of another part in a text, but for the closed sets", () => {
    const closed = new Set(
      parts.flatMap((part) =>
        names[part]
          .flatMap(rowsIn)
          .flatMap((row) =>
            row.question_decomposition
              .filter((step) => isClosed(step.question))
              .map((step) => normaliseName(step.answer)),
          ),
      ),
    );
    // Every name in a text is capitalised; a text's own words are not.
    const capitalised = /\p{Lu}[\p{L}\p{N}'.-]*(?: (?:and )?\p{Lu}[\p{L}\p{N}'.-]*)*/gu;
    const seen = new Map<string, Part>();
    for (const part of parts) {
      for (const row of names[part].flatMap(rowsIn)) {
        for (const { paragraph_text } of row.paragraphs) {
          for (const [name] of paragraph_text.matchAll(capitalised)) {
            const key = normaliseName(name);
            if (
              closed.has(key) ||
              key === "utc" ||
              /^utc\d+$/u.test(key) ||
              isCode(name) ||
              isClosedValue(name)
            )
              continue;
            const told = reading(name);
            if ((seen.get(told) ?? part) !== part) expect.fail(`"${name}" is told of in two parts`);
            seen.set(told, part);
          }
        }
      }
    }
  });
});

// Languages, continents and zones that no question happens to ask for.
function isClosedValue(name: string): boolean {
  return [...world.countries.values()].some((country) =>
    [country.language, country.continent, country.capitalZone].includes(name),
  );
}

describe("answers", () => {
  it("of closed sets share no word with each other", () => {
    const values = new Set<string>([...world.units.values(), ...world.offsets.values()]);
    for (const country of world.countries.values()) {
      for (const value of [
        country.currency,
        country.continent,
        country.language,
        country.callingCode,
        country.capitalZone,
      ]) {
        if (value !== undefined) values.add(value);
      }
    }
    const byToken = new Map<string, string>();
    for (const value of values) {
      for (const token of nameTokens(value)) {
        const other = byToken.get(token) ?? value;
        expect(normaliseName(other), `"${value}" and "${other}" share "${token}"`).toBe(normaliseName(value));
        byToken.set(token, value);
      }
    }
  });

  it("of closed sets are all listed in the data card", () => {
    const card = readFileSync(fileURLToPath(new URL("../../flows/data/README.md", import.meta.url)), "utf8");
    const listed = new Set(
      [...card.matchAll(/^- \*\*[^:]*: (.*)$/gmu)].flatMap(([, values]) => values?.split(", ")),
    );
    for (const row of Object.values(names).flat().flatMap(rowsIn)) {
      for (const step of row.question_decomposition) {
        if (isClosed(step.question) && !listed.has(step.answer))
          expect.fail(`${step.question}: ${step.answer}`);
      }
    }
  });

  it("earn nothing for any other value or title of the same question", () => {
    for (const name of Object.values(names).flat()) {
      for (const row of rowsIn(name)) {
        if (!row.answerable) continue;
        const gold = [row.answer, ...row.answer_aliases];
        const others = row.paragraphs.flatMap((p) => [
          p.title,
          ...(p.paragraph_text.match(/[A-Z][\w'.-]*(?: [A-Z][\w'.-]*)*|\d+/gu) ?? []),
        ]);
        for (const other of others) {
          const f1 = answerF1(other, gold);
          if (f1 !== 0 && f1 !== 1) expect.fail(`${row.id}: "${other}" earns ${f1} for ${gold.join(" / ")}`);
        }
      }
    }
  });

  it("of a hop stand in no paragraph but the hop's own and, as title, the next one's", () => {
    for (const name of Object.values(names).flat()) {
      for (const row of rowsIn(name)) {
        if (!row.answerable) continue;
        for (const [hop, step] of row.question_decomposition.entries()) {
          const next = row.question_decomposition[hop + 1]?.paragraph_support_idx;
          // Told a fact at a time, the next hop's country has several paragraphs.
          const title = typeof next === "number" ? row.paragraphs[next]?.title : undefined;
          const places = row.paragraphs
            .filter((p) => mentions(`${p.title} | ${p.paragraph_text}`, step.answer))
            .map((p) => p.idx);
          const allowed = row.paragraphs
            .filter((p) => p.idx === step.paragraph_support_idx || p.title === title)
            .map((p) => p.idx);
          if (places.join() !== allowed.join()) expect.fail(`${row.id}: ${step.question}`);
        }
      }
    }
  });
});

describe("every row", () => {
  it("has its paragraphs numbered, short, no two alike, and the supporting ones marked", () => {
    for (const name of Object.values(names).flat()) {
      for (const row of rowsIn(name)) {
        const isApart = name.endsWith("-apart");
        const told = new Set(
          row.paragraphs.map((p) => normaliseName(isApart ? `${p.title}: ${p.paragraph_text}` : p.title)),
        );
        if (told.size !== (isApart ? 20 : 8) || row.paragraphs.some((p, i) => p.idx !== i))
          expect.fail(row.id);
        const support = row.question_decomposition.flatMap((step) => step.paragraph_support_idx ?? []);
        expect(row.paragraphs.filter((p) => p.is_supporting).map((p) => p.idx)).toEqual(
          support.sort((a, b) => a - b),
        );
        for (const { paragraph_text } of row.paragraphs) {
          const words = paragraph_text.split(" ").length;
          if (words < (isApart ? 4 : 6) || words > 20) expect.fail(`${words} words: ${paragraph_text}`);
        }
      }
    }
  });

  it("chains its steps: each asks about the answer before it, in a paragraph of that title", () => {
    for (const name of Object.values(names).flat()) {
      for (const row of rowsIn(name)) {
        const steps = row.question_decomposition;
        const fail = (): never => expect.fail(`${row.id} in ${name}`);
        if (steps.at(-1)?.answer !== row.answer) fail();
        for (const [hop, step] of steps.entries()) {
          const subject =
            hop === 0
              ? step.question.split(" of ").slice(1).join(" of ")
              : (steps[hop - 1]?.answer as string);
          if (hop > 0 && step.question !== `${relationOf(step.question)} of #${hop}`) fail();
          if (step.paragraph_support_idx === null) continue;
          const paragraph = row.paragraphs[step.paragraph_support_idx];
          if (paragraph?.title !== subject || !mentions(paragraph.paragraph_text, step.answer)) fail();
        }
        expect(mentions(row.question, steps[0]?.question.split(" of ").slice(1).join(" of ") as string)).toBe(
          true,
        );
      }
    }
  });
});

describe("the Full files", () => {
  it("have for each question the answerable row and a partner that lacks one hop's paragraph", () => {
    for (const name of parts.flatMap((part) => [part, `${part}-apart`])) {
      const full = rowsIn(`full-${name}`);
      const answerable = full.filter((_, i) => i % 2 === 0);
      expect(answerable).toEqual(rowsIn(name).slice(0, answerable.length));
      for (const [i, row] of answerable.entries()) {
        const partner = full[2 * i + 1] as Row;
        expect([partner.id, partner.question, partner.answerable]).toEqual([row.id, row.question, false]);
        const lost = partner.question_decomposition.filter((step) => step.paragraph_support_idx === null);
        expect(lost).toHaveLength(1);
        const changed = row.paragraphs.filter(
          (p, k) => p.paragraph_text !== partner.paragraphs[k]?.paragraph_text,
        );
        const original = row.question_decomposition[partner.question_decomposition.indexOf(lost[0]!)];
        expect(changed.map((p) => p.idx)).toEqual([original?.paragraph_support_idx]);
        // Told apart, the other facts of that title stay.
        if (!name.endsWith("-apart"))
          expect(partner.paragraphs.some((p) => p.title === changed[0]?.title)).toBe(false);
      }
    }
  });
});
