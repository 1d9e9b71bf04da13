// Starts `campanile lsp` and hands everything else to the library that speaks the protocol.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** The conversation with the server, while there is one. */
let client;

/** The server of the settings as they are now. */
function createClient() {
  const settings = workspace.getConfiguration("campanile");
  const command = settings.get("path") || "campanile";
  const server = { command, args: ["lsp"] };
  const options = {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "untitled", language: "yaml" },
    ],
    initializationOptions: { rules: settings.get("rules") || [] },
  };
  return new LanguageClient("campanile", "Campanile", server, options);
}

async function start() {
  client = createClient();
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const message = `Campanile: the program cannot be started (${error.message}). Install it, or say where it is in the setting "campanile.path".`;
    const answer = await window.showErrorMessage(message, "Open the settings");
    if (answer) {
      await commands.executeCommand("workbench.action.openSettings", "campanile.path");
    }
  }
}

async function stop() {
  const stopped = client;
  client = undefined;
  await stopped?.stop();
}

async function restart() {
  await stop();
  await start();
}

function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("campanile.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("campanile.path") || change.affectsConfiguration("campanile.rules")) {
        return restart();
      }
    }),
  );
  return start();
}

module.exports = { activate, deactivate: stop };
