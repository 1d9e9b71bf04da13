// The extension itself, with the editor played: what is started, and what happens when it cannot be.

import assert from "node:assert/strict";
import Module, { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);

/** The extension in an editor with these settings; `fails` says why the program cannot be started. */
function editor(settings, fails) {
  const seen = { clients: [], errors: [], opened: [], commands: {}, configuration: undefined };
  const vscode = {
    workspace: {
      getConfiguration: () => ({ get: (name) => settings[name] }),
      onDidChangeConfiguration: (listener) => ((seen.configuration = listener), { dispose() {} }),
    },
    window: {
      showErrorMessage: async (message, answer) => (seen.errors.push(message), answer),
    },
    commands: {
      registerCommand: (name, run) => ((seen.commands[name] = run), { dispose() {} }),
      executeCommand: async (...command) => void seen.opened.push(command),
    },
  };
  class LanguageClient {
    constructor(id, name, server, options) {
      Object.assign(this, { id, name, server, options, running: false });
      seen.clients.push(this);
    }
    async start() {
      if (fails) throw new Error(fails);
      this.running = true;
    }
    async stop() {
      this.running = false;
    }
  }
  const load = Module._load;
  Module._load = (name, ...rest) => {
    if (name === "vscode") return vscode;
    if (name === "vscode-languageclient/node") return { LanguageClient };
    return load(name, ...rest);
  };
  try {
    const path = require.resolve("../src/extension.js");
    delete require.cache[path];
    return { seen, extension: require(path) };
  } finally {
    Module._load = load;
  }
}

test("the program of the settings is started, and stopped in the end", async () => {
  const { seen, extension } = editor({ path: "/opt/campanile", rules: ["rules"] });
  await extension.activate({ subscriptions: [] });
  const [client] = seen.clients;
  assert.deepEqual(client.server, { command: "/opt/campanile", args: ["lsp"] });
  assert.deepEqual(client.options.initializationOptions, { rules: ["rules"] });
  assert.ok(client.options.documentSelector.every((selector) => selector.language === "yaml"));
  assert.ok(client.running);
  await extension.deactivate();
  assert.ok(!client.running);
});

test("other settings and the command start it again", async () => {
  const { seen, extension } = editor({});
  await extension.activate({ subscriptions: [] });
  assert.equal(seen.clients[0].server.command, "campanile");
  await seen.configuration({ affectsConfiguration: (name) => name === "campanile.rules" });
  await seen.commands["campanile.restart"]();
  assert.deepEqual(seen.clients.map((client) => client.running), [false, false, true]);
  await seen.configuration({ affectsConfiguration: () => false });
  assert.equal(seen.clients.length, 3);
});

test("what cannot be started is said, with the way to the setting", async () => {
  const { seen, extension } = editor({ path: "nowhere" }, "spawn nowhere ENOENT");
  await extension.activate({ subscriptions: [] });
  assert.match(seen.errors[0], /cannot be started \(spawn nowhere ENOENT\)/);
  assert.deepEqual(seen.opened, [["workbench.action.openSettings", "campanile.path"]]);
  await extension.deactivate();
});
