import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goldSupport, readMusique } from "../../runtime/simulator/index.js";
import { jsonl, rawRow } from "./rows.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flowc-musique-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Buffer): string {
  const path = join(folder, "data.jsonl");
  writeFileSync(path, content);
  return path;
}

async function fails(content: string | Buffer, code: string, message: string | RegExp): Promise<void> {
  const path = file(content);
  await expect(readMusique(path)).rejects.toMatchObject({ name: "DataError", code, path });
  await expect(readMusique(path)).rejects.toThrow(message);
}

describe("readMusique", () => {
  it("reads plain and gzipped files alike, whatever their name", async () => {
    const text = jsonl(rawRow(), rawRow({ id: "2hop__3_4" }));
    const plain = await readMusique(file(text));
    expect(await readMusique(file(gzipSync(text)))).toEqual(plain);
    expect(plain.map(({ id, line }) => [id, line])).toEqual([
      ["2hop__1_2", 1],
      ["2hop__3_4", 2],
    ]);
    expect(plain[0]).toMatchObject({ answer: "NOK", aliases: ["Norwegian krone"], answerable: true });
    expect(plain[0]?.paragraphs[2]).toEqual({
      idx: 2,
      title: "Norway",
      body: "its currency is NOK",
      isSupporting: true,
    });
    expect(plain[0]?.decomposition[1]).toEqual({ question: "currency of #1", answer: "NOK", support: 2 });
    expect(goldSupport(plain[0]!)).toEqual([0, 2]);
  });

  it("skips blank lines, but counts them", async () => {
    const rows = await readMusique(file(`\n \r\n${jsonl(rawRow())}\n\n`));
    expect(rows.map((row) => row.line)).toEqual([3]);
  });

  it("reads a last line without an end, and stops at a limit before later faults", async () => {
    expect(await readMusique(file(jsonl(rawRow()).trimEnd()))).toHaveLength(1);
    expect(await readMusique(file(`${jsonl(rawRow())}{`), { limit: 1 })).toHaveLength(1);
  });

  it("counts both rows of a question of MuSiQue-Full as one towards a limit", async () => {
    const pair = [rawRow(), rawRow({ answerable: false })];
    const path = file(jsonl(...pair, rawRow({ id: "2hop__5_6" })));
    expect((await readMusique(path, { limit: 1 })).map((row) => row.answerable)).toEqual([true, false]);
    expect(await readMusique(path, { limit: 2 })).toHaveLength(3);
  });

  it("does without a decomposition, and takes its missing supports", async () => {
    const { question_decomposition: _, ...without } = rawRow();
    const step = { id: 1, question: "q", answer: "a", paragraph_support_idx: null };
    const rows = await readMusique(file(jsonl(without, rawRow({ question_decomposition: [step] }))));
    expect(rows.map((row) => row.decomposition.map((each) => each.support))).toEqual([[], [null]]);
  });

  it("takes __proto__ and constructor for names like any other", async () => {
    const line = `{"__proto__":{"answer":"x"},"constructor":1,${JSON.stringify(rawRow()).slice(1)}`;
    const [row] = await readMusique(file(line));
    expect(row?.answer).toBe("NOK");
    const { answer: _, ...without } = rawRow();
    await fails(
      `{"__proto__":{"answer":"x"},${JSON.stringify(without).slice(1)}`,
      "field",
      /:1: the field "answer" is missing/,
    );
  });

  it("lets the last of repeated fields count, as the official reader does", async () => {
    const [row] = await readMusique(file(`{"answer":"x",${JSON.stringify(rawRow()).slice(1)}`));
    expect(row?.answer).toBe("NOK");
  });

  it("names line and field of what is missing or of a wrong type", async () => {
    for (const name of ["id", "question", "paragraphs", "answer", "answer_aliases", "answerable"]) {
      const { [name]: _, ...without } = rawRow();
      await fails(jsonl(rawRow(), without), "field", `data.jsonl:2: the field "${name}" is missing`);
      await fails(jsonl(rawRow({ [name]: 7 })), "field", `data.jsonl:1: "${name}": expected`);
    }
    await fails(
      jsonl(rawRow({ answer_aliases: ["x", null] })),
      "field",
      '"answer_aliases[1]": expected a text',
    );
    await fails(jsonl(rawRow({ paragraphs: [] })), "field", "expected at least one paragraph");
    await fails(jsonl(rawRow({ paragraphs: [{ idx: 0 }] })), "field", '"paragraphs[0].title" is missing');
  });

  it("refuses paragraph numbers that repeat or do not exist", async () => {
    const paragraph = { idx: 0, title: "t", paragraph_text: "p", is_supporting: true };
    await fails(
      jsonl(rawRow({ paragraphs: [paragraph, paragraph] })),
      "field",
      "0 stands in this question twice",
    );
    await fails(jsonl(rawRow({ paragraphs: [paragraph] })), "field", "no paragraph has idx 2");
    await fails(
      jsonl(rawRow({ paragraphs: [{ ...paragraph, idx: -1 }] })),
      "field",
      "expected a whole number",
    );
  });

  it("says so if a file is empty, is not there, or is a folder", async () => {
    await fails("", "empty", /no questions/);
    await fails(" \n\n", "empty", /no questions/);
    await fails(gzipSync(""), "empty", /no questions/);
    await expect(readMusique(join(folder, "none"))).rejects.toMatchObject({ code: "unreadable" });
    await expect(readMusique(folder)).rejects.toThrow(/this is a folder/);
  });

  it("names the line that is not JSON or not an object", async () => {
    await fails(`${jsonl(rawRow())}{"id": `, "syntax", /:2: not JSON/);
    await fails("[1]\n", "syntax", /:1: expected a JSON object/);
    await fails("null\n", "syntax", /:1: expected a JSON object/);
  });

  it("refuses damaged gzip and bytes that are no UTF-8", async () => {
    const whole = gzipSync(jsonl(rawRow()));
    await fails(whole.subarray(0, whole.length - 12), "damaged", /not a whole gzip file/);
    await fails(Buffer.from([0x7b, 0xff, 0xfe]), "damaged", /not UTF-8/);
  });

  it("holds to its limits, also while decompressing", async () => {
    const path = file(gzipSync(" ".repeat(1_000_000)));
    await expect(
      readMusique(path, { limits: { lineLength: 1000, fileBytes: 2 ** 30 } }),
    ).rejects.toMatchObject({
      code: "too-large",
      line: 1,
    });
    await expect(readMusique(path, { limits: { lineLength: 2 ** 30, fileBytes: 1000 } })).rejects.toThrow(
      /more than 1000 bytes/,
    );
  });
});
