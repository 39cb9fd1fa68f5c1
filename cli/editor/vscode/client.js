/** The whole client: starts the language server that the settings name, and shows what it says. */
const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

async function start() {
  const [command, ...args] = workspace.getConfiguration("flow").get("server.command", ["flowc", "lsp"]);
  client = new LanguageClient(
    "flow",
    "flow",
    { command, args },
    {
      documentSelector: [{ language: "flow" }],
      // What an open file imports may change without being open.
      synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.flow") },
    },
  );
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `flow: \`${command}\` does not start (${error}); see the setting flow.server.command.`,
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) await running.stop();
}

exports.activate = async (context) => {
  const restart = commands.registerCommand("flow.restartServer", async () => {
    await stop();
    await start();
  });
  context.subscriptions.push(restart);
  await start();
};

exports.deactivate = stop;
