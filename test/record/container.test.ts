import fc from "fast-check";
import { expect, it } from "vitest";
import { pack, unpack } from "../../runtime/record/container.js";
import { RecordError } from "../../runtime/record/index.js";

const arrays = fc
  .uniqueArray(fc.string(), { maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.tuple(
          fc.constant(name),
          fc.oneof(fc.float32Array({ maxLength: 5 }), fc.float64Array({ maxLength: 5 })),
        ),
      ),
    ),
  )
  .map((entries) => new Map(entries));

const bytesOf = (contents: Parameters<typeof pack>[0]) => Buffer.concat(pack(contents));

it("gives back what it took, bit for bit", () => {
  fc.assert(
    fc.property(arrays, fc.jsonValue(), (given, meta) => {
      const plain = JSON.parse(JSON.stringify(meta));
      const found = unpack(bytesOf({ meta: plain, arrays: given }), "x");
      expect(JSON.stringify(found.meta)).toBe(JSON.stringify(plain));
      expect([...found.arrays.keys()]).toEqual([...given.keys()]);
      for (const [name, values] of given) {
        expect(Buffer.from(found.arrays.get(name)!.buffer)).toEqual(
          Buffer.from(Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))),
        );
      }
    }),
  );
});

const whole = bytesOf({ meta: { round: 3 }, arrays: new Map([["w", Float32Array.of(1, 2, 3)]]) });

it("refuses a file that was cut anywhere", () => {
  for (let length = 0; length < whole.length; length += 1) {
    expect(() => unpack(whole.subarray(0, length), "run/1.ckpt")).toThrow(RecordError);
  }
  expect(() => unpack(whole.subarray(0, 60), "run/1.ckpt")).toThrow(/^run\/1\.ckpt: not a whole checkpoint/);
});

it("refuses a file in which any bit differs", () => {
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ 0x10;
    expect(() => unpack(changed, "x")).toThrow(RecordError);
  }
});

it("refuses a file with something after its end", () => {
  expect(() => unpack(Buffer.concat([whole, Buffer.from("x")]), "x")).toThrow("checksum");
});
