/** Contents of a page's fenced blocks of a language. */
export function blocksOf(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);
}

/** Words of each command line of a shell block; what an input is piped from is left out. */
export function commandsOf(block: string): readonly (readonly string[])[] {
  return block
    .replaceAll("\\\n", " ")
    .split(/\n|&&|\|/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== "" && first !== undefined && !first.startsWith("#"));
}
