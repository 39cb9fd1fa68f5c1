/**
 * The house that `maze.flow` walks through. It keeps itself where the walker stands, as a game or a page does: `live` puts
 * it back to a beginning, and whoever wants it elsewhere takes the way there again.
 */

const doors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hall: { north: "stair", east: "kitchen" },
  stair: { south: "hall", north: "attic" },
  kitchen: { west: "hall", north: "cellar", east: "garden" },
  cellar: { south: "kitchen" },
  garden: { west: "kitchen" },
  attic: { south: "stair" },
};

let room = "hall";
/** Whether the wind has shut the way to the garden. */
let isShut = false;

export const live = {
  reset({ start }: { readonly start: string }): void {
    room = Object.hasOwn(doors, start) ? start : "hall";
    isShut = false;
  },
};

function open(): readonly string[] {
  return Object.keys(doors[room]!).filter((door) => !(isShut && room === "kitchen" && door === "east"));
}

export function look(_: object) {
  return { room, doors: open() };
}

/** Whether there was a way. Whoever comes into the kitchen may hear a door slam. */
export function go({ door }: { readonly door: string }, random: () => number): boolean {
  if (!open().includes(door)) return false;
  room = doors[room]![door]!;
  if (room === "kitchen" && random() < 0.5) isShut = true;
  return true;
}
