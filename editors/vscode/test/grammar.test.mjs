// The colours of rule texts inside YAML, with the tokenizer of the editor and its own YAML grammar.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const { Registry, INITIAL } = require("vscode-textmate");
const { loadWASM, OnigScanner, OnigString } = require("vscode-oniguruma");

const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
const yaml = JSON.parse(readFileSync(require.resolve("tm-grammars/grammars/yaml.json"), "utf8"));
const ours = JSON.parse(readFileSync(new URL("../syntaxes/campanile.tmLanguage.json", import.meta.url), "utf8"));

const registry = new Registry({
  onigLib: loadWASM(wasm.buffer).then(() => ({
    createOnigScanner: (patterns) => new OnigScanner(patterns),
    createOnigString: (text) => new OnigString(text),
  })),
  loadGrammar: async (scope) => (scope === "campanile.injection" ? ours : { ...yaml, scopeName: scope }),
  getInjections: (scope) => (scope === "source.yaml" ? ["campanile.injection"] : undefined),
});
const grammar = await registry.loadGrammar("source.yaml");

/** `text → innermost scope` for everything in a file that has a scope of ours. */
function tokens(text) {
  const found = [];
  let stack = INITIAL;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const scope = scopes.at(-1);
      const written = line.slice(startIndex, endIndex).trim();
      if (written !== "" && scope.endsWith(".campanile") && !scope.startsWith("meta.")) {
        found.push(`${written} → ${scope.replace(".campanile", "")}`);
      }
    }
  }
  return found;
}

/** The file, and what must be among its tokens, in order. */
function has(text, wanted) {
  const found = tokens(text);
  let from = 0;
  for (const token of wanted) {
    const at = found.indexOf(token, from);
    assert.notEqual(at, -1, `${token} is not among\n${found.join("\n")}`);
    from = at + 1;
  }
}

test("words, strings, fields and values", () => {
  has('segments:\n  Dutch: Country is "NL" and not [Lead Source] contains "x"\n', [
    "Country → variable.other.member",
    "is → keyword.other",
    "NL → string.quoted.double",
    "and → keyword.operator.logical",
    "not → keyword.operator.logical",
    "[Lead Source] → variable.other.member",
    "contains → keyword.other",
  ]);
  has("smart_campaigns:\n  a:\n    flow:\n      - wait 3 days ending on monday at 09:00\n", [
    "wait → keyword.other",
    "3 → constant.numeric",
    "days → support.constant.unit",
    "monday → support.constant.unit",
    "09:00 → constant.other.time",
  ]);
  has('smart_campaigns:\n  a:\n    filter: "[Event Date] is after 2026-03-05 and Unsubscribed is false"\n', [
    "[Event Date] → variable.other.member",
    "2026-03-05 → constant.other.date",
    "Unsubscribed → variable.other.member",
    "false → constant.language",
  ]);
});

test("every kind of quotes and blocks of YAML", () => {
  for (const text of [
    '    filter: member of list "News"\n',
    "    filter: 'member of list \"News\"'\n",
    '    filter: "member of list \\"News\\""\n',
    "    filter: >-\n      member of\n      list \"News\"\n",
    "    filter: |\n      # why\n      member of list \"News\"\n",
    '    triggers: ["x", "member of list \\"News\\""]\n',
    "    flow: ['member of list \"News\"', do nothing]\n",
    '    flow:\n    - choose:\n        - if: member of list "News"\n          then: do nothing\n',
  ]) {
    const found = tokens(`smart_campaigns:\n  a:\n${text}`);
    const words = found.filter((token) => token.endsWith("keyword.other")).map((token) => token.split(" → ")[0]);
    assert.ok(words.join(" ").includes("member of list"), `${text}\n${found.join("\n")}`);
    assert.ok(found.some((token) => /News.* → string\.quoted/.test(token)), `${text}\n${found.join("\n")}`);
  }
});

test("tokens stand out in strings", () => {
  has('smart_campaigns:\n  a:\n    flow:\n      - add to list "x {{my.List}} y"\n', [
    "{{my.List}} → variable.other.token",
  ]);
});

test("what is no rule text keeps the colours of YAML", () => {
  assert.deepEqual(tokens("services:\n  db:\n    image: add to list\n    description: is and not \"x\"\n"), []);
  assert.deepEqual(tokens("smart_campaigns:\n  a:\n    description: wait and add to list\n    active: true\n"), []);
  const after = tokens("smart_campaigns:\n  a:\n    filter: Score is 5\n    description: wait and see\n  b: {}\nlists: [all]\n");
  assert.ok(!after.some((token) => token.startsWith("wait") || token.startsWith("all")), after.join("\n"));
});

test("keys in rule texts look like keys", () => {
  const { tokens: line } = grammar.tokenizeLine("    filter: x", INITIAL);
  assert.ok(line.some((token) => token.scopes.includes("entity.name.tag.yaml")));
});
