export function shorter(of: string): string {
  return of.slice(1);
}
