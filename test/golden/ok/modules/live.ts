/** Doors that keep themselves which of them are open. */
let isOpen = false;

export const live = {
  reset({ open }: { open: boolean }): void {
    isOpen = open;
  },
};

export function turn(_: { door: string }, random: () => number): boolean {
  isOpen = random() < 0.5 ? !isOpen : isOpen;
  return isOpen;
}
