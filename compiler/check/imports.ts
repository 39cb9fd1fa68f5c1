import type { Identifier } from "../../grammar/index.js";
import { suggest } from "../diagnostics/suggest.js";
import { importPath } from "../files/paths.js";
import type { FlowFile } from "../files/read.js";
import type { Context } from "./context.js";
import { addName, allNames, calledSymbols, type DeclaredSymbol, symbolsNamed } from "./names.js";

/**
 * Makes the names known that a file imports; what it declares itself comes after them. Nothing is said about names of
 * files that could not be read, here or where they are used.
 * @param contexts of the files that it imports, at least
 */
export function bindImports(
  context: Context,
  { source, imports }: FlowFile,
  contexts: ReadonlyMap<FlowFile, Context>,
): void {
  for (const [node, file] of imports) {
    const from = file && contexts.get(file);
    for (const name of node.names) {
      if (from === undefined || from.lostNames.has(name.name)) context.lostNames.add(name.name);
      else if (context.imports.has(name.name)) reportTwice(context, name);
      else if (symbolsNamed(from.declared, name.name).length > 0) bind(context, name, from);
      else reportMissing(context, name, node.from.path, source.path, from);
    }
  }
}

/** All that the other file declares under a name: a type, something that is called, or both. */
function bind(context: Context, name: Identifier, from: Context): void {
  const symbols = symbolsNamed(from.declared, name.name);
  context.imports.set(name.name, { name, symbols });
  for (const symbol of symbols) addName(context, symbol);
}

function reportTwice(context: Context, { name, span }: Identifier): void {
  context.report("F110", span, { name, what: "import" });
}

function reportMissing(
  context: Context,
  { name, span }: Identifier,
  path: string,
  importer: string,
  from: Context,
): void {
  context.lostNames.add(name);
  const [imported] = symbolsNamed(from, name);
  if (imported === undefined) {
    context.report("F506", span, { name, path }, suggest(name, allNames(from.declared)));
    return;
  }
  const declaredIn = context.sources.at(imported.declaration.span.start).path;
  context.report("F507", span, { name, path, from: importPath(importer, declaredIn) });
}

/**
 * What is called has one name in a whole program: adapters and choice points are named after it. Of two files that
 * declare the same, the one that comes later is told of it.
 * @param contexts each after those of the files that it imports
 */
export function checkUnique(contexts: Iterable<Context>): void {
  const first = new Map<string, DeclaredSymbol>();
  for (const context of contexts) {
    for (const symbol of calledSymbols(context.declared)) {
      const earlier = first.get(symbol.name);
      if (earlier === undefined) first.set(symbol.name, symbol);
      else {
        const { start } = earlier.declaration.name.span;
        const source = context.sources.at(start);
        const place = `${source.file}:${source.positionAt(start).line}`;
        context.report("F508", symbol.declaration.name.span, { name: symbol.name, place });
      }
    }
  }
}
