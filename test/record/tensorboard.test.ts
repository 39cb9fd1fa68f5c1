import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardTag, EventFile, RecordError } from "../../runtime/record/index.js";
import { crc32c, maskedCrc32c } from "../../runtime/record/tensorboard/crc32c.js";
import { tfRecord } from "../../runtime/record/tensorboard/tfrecord.js";
import { readEventFile, records, wire } from "../support/event-file.js";
import { failingDisk, freshDirectory } from "./support.js";

describe("CRC-32C", () => {
  it.each([
    ["nothing", Buffer.alloc(0), 0],
    // RFC 3720, B.4.
    ["32 zeros", Buffer.alloc(32), 0x8a9136aa],
    ["32 ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["0 to 31", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ["31 to 0", Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
    ["its own check value", Buffer.from("123456789"), 0xe3069283],
  ])("of %s", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it("is masked as TFRecord files have it", () => {
    // TensorFlow's own files begin with these bytes: the length of their first record is 24, a3 7f 4b 22 follows.
    expect(maskedCrc32c(Buffer.from("1800000000000000", "hex"))).toBe(0x224b7fa3);
  });
});

it("a record is read back by another reader, whatever it holds", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (given) => {
      const read = records(Buffer.concat(given.map(tfRecord)));
      expect(read.map((data) => [...data])).toEqual(given.map((data) => [...data]));
    }),
  );
});

const filesOf = (folder: string) => readdirSync(folder);
const only = (folder: string) => readEventFile(readFileSync(join(folder, filesOf(folder)[0]!)));

describe("a file of events", () => {
  it("begins with its version, and holds numbers and texts by step", () => {
    const folder = freshDirectory();
    const file = EventFile.begin(folder, 1_700_000_000.25);
    file.text(1_700_000_000.25, 0, "run", "    { }");
    file.scalars(1_700_000_001, 8, [
      { tag: "reward", value: 0.5 },
      { tag: "agents/query/loss", value: -1e-3 },
    ]);
    file.scalars(1_700_000_002, 3_000_000_000, [{ tag: "reward", value: Number.NaN }]);
    file.scalars(1_700_000_002, 9, []);
    file.flush();
    const [version, start, text, first, second, ...more] = only(folder);
    expect(version).toMatchObject({ wallTime: 1_700_000_000.25, version: "brain.Event:2" });
    expect(start).toMatchObject({ step: 0, started: true });
    expect([...text!.texts]).toEqual([["run", "    { }"]]);
    expect(first).toMatchObject({ step: 8, wallTime: 1_700_000_001 });
    expect([...first!.scalars]).toEqual([
      ["reward", 0.5],
      ["agents/query/loss", Math.fround(-1e-3)],
    ]);
    expect(second!.step).toBe(3_000_000_000);
    expect([...second!.scalars]).toEqual([["reward", Number.NaN]]);
    expect(more).toEqual([]);
  });

  it("has the bytes that TensorFlow's own writer gives for its first event", () => {
    const folder = freshDirectory();
    EventFile.begin(folder, 1);
    const [first] = records(readFileSync(join(folder, filesOf(folder)[0]!)));
    expect(first!.toString("hex")).toBe(
      `09000000000000f03f1a0d${Buffer.from("brain.Event:2").toString("hex")}`,
    );
    expect([...wire(first!).keys()]).toEqual([1, 3]);
  });

  it("takes the place of those before, under a name that a reader has not open", () => {
    const folder = freshDirectory();
    EventFile.begin(folder, 1).scalars(1, 8, [{ tag: "reward", value: 1 }]);
    const [before] = filesOf(folder);
    EventFile.begin(folder, 2);
    const [after, ...others] = filesOf(folder);
    expect(others).toEqual([]);
    expect(after! > before!).toBe(true);
    expect(only(folder).map(({ step }) => step)).toEqual([0, 0]);
  });

  it("tells of a full disk", () => {
    const full = (): never => {
      throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    };
    expect(() => EventFile.begin(freshDirectory(), 1, failingDisk(2, full))).toThrow(RecordError);
  });
});

describe("a tag", () => {
  it("keeps plain names as they are, in groups", () => {
    expect(boardTag("agents", "query", "loss")).toBe("agents/query/loss");
    expect(boardTag("answer_f1")).toBe("answer_f1");
  });

  it("takes no name for a group, and lets nothing through that is more than a name", () => {
    expect(boardTag("a/b")).toBe("a%2fb");
    expect(boardTag("<img onerror=1>", "\u202e\u0000")).toBe("%3cimg%20onerror%3d1%3e/%202e%00");
    expect(boardTag("\ud800")).toBe("%d800");
    expect(boardTag("x".repeat(1_000_000)).length).toBe(100);
  });

  it("tells different names apart", () => {
    const name = fc.string({ maxLength: 20, unit: "binary" });
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b);
        expect(boardTag(a)).not.toBe(boardTag(b));
      }),
    );
  });
});
