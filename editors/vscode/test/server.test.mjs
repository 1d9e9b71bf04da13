// The program, spoken to with the library that the extension speaks with. CAMPANILE names the program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const protocol = require("vscode-languageserver-protocol/node");

const program = process.env.CAMPANILE;

test("a document is checked, completed and renamed", { skip: program ? false : "CAMPANILE is not set" }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "campanile-"));
  const file = join(folder, "a.yaml");
  const text = 'lists: [News]\nsegments:\n  "🚀": member of list "Newz"\n';
  writeFileSync(file, text);
  const server = spawn(program, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = protocol.createProtocolConnection(server.stdout, server.stdin);
  const uri = pathToFileURL(file).href;
  const shown = new Promise((resolve) => {
    connection.onNotification(protocol.PublishDiagnosticsNotification.type, (params) => {
      if (params.uri === uri && params.version === 1) resolve(params.diagnostics);
    });
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest(protocol.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "rules" }],
  });
  assert.ok(capabilities.renameProvider && capabilities.completionProvider && capabilities.hoverProvider);
  await connection.sendNotification(protocol.InitializedNotification.type, {});
  await connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "yaml", version: 1, text },
  });
  const [finding] = await shown;
  assert.equal(finding.code, "E0307");
  assert.deepEqual(finding.range, { start: { line: 2, character: 23 }, end: { line: 2, character: 29 } });
  const textDocument = { uri };
  const actions = await connection.sendRequest(protocol.CodeActionRequest.type, {
    textDocument,
    range: finding.range,
    context: { diagnostics: [finding] },
  });
  assert.equal(actions[0].title, "Write `News`");
  const completions = await connection.sendRequest(protocol.CompletionRequest.type, {
    textDocument,
    position: { line: 2, character: 25 },
  });
  assert.deepEqual(completions.items.map((item) => item.label), ["News"]);
  const renamed = await connection.sendRequest(protocol.RenameRequest.type, {
    textDocument,
    position: { line: 0, character: 9 },
    newName: "Newz",
  });
  assert.equal(renamed.changes[uri].length, 1);
  await connection.sendRequest(protocol.ShutdownRequest.type);
  await connection.sendNotification(protocol.ExitNotification.type);
  const status = await new Promise((resolve) => server.on("exit", resolve));
  assert.equal(status, 0);
});
