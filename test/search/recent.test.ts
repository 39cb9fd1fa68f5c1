import fc from "fast-check";
import { expect, it } from "vitest";
import { Recent } from "../../runtime/search/recent.js";

it("knows the newest half of what it may keep, and never more than that", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 200 }), fc.integer({ min: 2, max: 20 }), (keys, limit) => {
      const recent = new Recent<number>(limit);
      const order: number[] = [];
      for (const [i, key] of keys.entries()) {
        recent.set(`${key}`, i);
        order.splice(0, order.length, ...order.filter((each) => each !== key), key);
        const newest = order.slice(-Math.floor(limit / 2));
        for (const each of newest) expect(recent.get(`${each}`)).toBe(keys.lastIndexOf(each, i));
        // Asking makes new: put them back in their order.
        order.splice(0, order.length, ...order.filter((each) => !newest.includes(each)), ...newest);
      }
      const known = Array.from({ length: 41 }, (_, key) => recent.get(`${key}`)).filter(
        (value) => value !== undefined,
      );
      expect(known.length).toBeLessThanOrEqual(limit);
    }),
  );
});

it("counts by size where that is told", () => {
  const recent = new Recent<number>(20, (key) => key.length);
  recent.set("long text", 1);
  recent.set("b", 2);
  recent.set("another text", 3);
  expect(recent.get("long text")).toBe(1);
  recent.set("more of it", 4);
  recent.set("and more", 5);
  expect([recent.get("b"), recent.get("and more")]).toEqual([undefined, 5]);
});
