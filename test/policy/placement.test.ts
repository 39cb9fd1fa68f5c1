import { describe, expect, it } from "vitest";
import { Placement } from "../../runtime/policy/replica/placement.js";

const of = (affinity: string | undefined, cost = 1) => ({ affinity, cost });

describe("placement", () => {
  it("keeps work of one affinity together, now and later", () => {
    const placement = new Placement(2);
    const work = ["a", "b", "a", "c", "d", "b"].map((affinity) => of(affinity));
    const first = placement.place(work);
    expect(first[0]).toBe(first[2]);
    expect(first[1]).toBe(first[5]);
    expect(placement.place([...work].reverse())).toEqual([...first].reverse());
  });

  it("spreads work evenly, and lets affinity give way where it would not be", () => {
    const placement = new Placement(2);
    expect(placement.place([of("a"), of("b"), of(undefined), of(undefined)])).toEqual([0, 1, 0, 1]);
    expect(placement.place([of("a", 10), of("c", 10)])).toEqual([0, 1]);
    // Both would like to stay with replica 0.
    expect(placement.place([of("a", 10)])).toEqual([0]);
    placement.place([of("e", 1), of("f", 100)]);
    expect(placement.place([of("a", 10), of("e", 10)])).toEqual([0, 1]);
  });

  it("puts everything on the only replica", () => {
    expect(new Placement(1).place([of("a", 5), of(undefined, 7)])).toEqual([0, 0]);
  });
});
