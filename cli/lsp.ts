import { Command } from "commander";

/** `flowc lsp`: the language server, for editors to start. */
export function lspCommand(): Command {
  return (
    new Command("lsp")
      .description("speak the language server protocol on standard input and output, for editors")
      .option("--stdio", "what is done anyway; some editors add it by themselves")
      // The protocol's own way of telling a server whose process it belongs to.
      .option("--clientProcessId <id>", "end when the process with this id does")
      .addHelpText(
        "after",
        `
Editors start this command; there is nothing to see in a terminal. docs/editors.md says how to set up VS Code, Neovim
and Helix.

Examples:
  flowc lsp`,
      )
      .action(async () => {
        const { serve } = await import("./lsp/server.js");
        serve(process.stdin, process.stdout);
      })
  );
}
