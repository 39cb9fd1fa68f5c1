import { expect, it } from "vitest";
import type { Hover, Location } from "vscode-languageserver/node";
import { type Client, withClient } from "./client.js";

let client: Client;
withClient((started) => {
  client = started;
});

const flow = `judge better(a: text, b: text) -> first | second {
  example { b: "y", a: "x" } -> second
  user """
    {{ a }} {{ b }}
  """
}

flow ask(a: text) -> bool {
  return better(a, "b") is first
}
`;

it("takes the fields of an example for the agent's inputs", async () => {
  const file = client.open(flow);
  const found = await file.ask<Location[]>("references", file.at("b: text"), {
    context: { includeDeclaration: true },
  });
  expect(found.map(({ range }) => [range.start.line, file.slice(range)])).toEqual([
    [0, "b"],
    [1, "b"],
    [3, "b"],
  ]);
});

it("tells judges from agents, and knows the labels of examples", async () => {
  const file = client.open(flow);
  const hover = await file.ask<Hover>("hover", file.at('better(a, "b")'));
  expect((hover.contents as { value: string }).value).toContain(
    "judge better(a: text, b: text) -> first | second",
  );
  const label = await file.ask<Location>("definition", file.at("second\n"));
  expect(label.range.start.line).toBe(0);
});
