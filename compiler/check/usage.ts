import type { Context } from "./context.js";

/**
 * Names that nobody reads, agents that nobody calls, types of nothing, imports of what is not needed: of one file, whose
 * imports may declare more than it takes. A name that begins with `_` says so itself.
 */
export function checkUsage(context: Context): void {
  const { types, agents, flows, effects } = context.declared;
  // A file without a flow declares for others.
  const isLibrary = flows.size === 0;
  for (const { name } of context.imports.values()) {
    if (context.usedTypes.has(name.name) || context.usedCalls.has(name.name)) continue;
    if (!name.name.startsWith("_")) context.report("F112", name.span, { name: name.name, what: "import" });
  }
  for (const type of types.values()) {
    if (isLibrary || context.usedTypes.has(type.name) || type.name.startsWith("_")) continue;
    context.report("F112", type.declaration.name.span, { name: type.name, what: "type" });
  }
  const called = new Set(context.facts.calls.values());
  for (const agent of agents.values()) {
    if (isLibrary || called.has(agent) || agent.name.startsWith("_")) continue;
    context.report("F112", agent.declaration.name.span, {
      name: agent.name,
      what: agent.declaration.trained ? "agent" : "judge",
    });
  }
  for (const effect of effects.values()) {
    if (called.has(effect) || effect.name.startsWith("_")) continue;
    context.report("F112", effect.declaration.name.span, { name: effect.name, what: "effect" });
  }
  const inputs = [...agents.values(), ...flows.values()].flatMap((each) => each.parameters);
  const { sources } = context;
  const bound = [...context.facts.bindings.values()].filter(
    ({ span }) => sources.at(span.start) === sources.main,
  );
  for (const variable of [...inputs, ...bound]) {
    if (variable.name === "" || variable.name.startsWith("_")) continue;
    if (!variable.read) {
      const what = variable.role === "parameter" ? "input" : "variable";
      context.report("F112", variable.span, { name: variable.name, what });
    } else if (variable.role === "var" && !variable.assigned) {
      context.report("F115", variable.span, { name: variable.name });
    }
  }
}
