// The web page of the service. Everything that comes from the service goes into the page as text, never as markup.
"use strict";

const main = document.getElementById("main");
const state = document.getElementById("state");
// What is running for the page that is shown: its stream and its timer end with it.
let leave = () => {};

const api = (...parts) => "/v1/" + parts.map(encodeURIComponent).join("/");

async function ask(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const problem = new Error(body.title || "the service answered " + response.status);
    problem.body = body;
    throw problem;
  }
  return body;
}

function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const link = (text, ...parts) => el("a", { href: "#/" + parts.map(encodeURIComponent).join("/") }, text);
const none = (text) => el("p", { class: "none" }, text);
const when = (at) => el("time", { datetime: at }, at.replace("T", " ").replace("Z", " UTC"));
const number = (value) => new Intl.NumberFormat("en").format(value);
const show = (value) => (value === null || value === undefined ? "empty" : typeof value === "object" ? JSON.stringify(value) : String(value));

// Columns are [title, cell of a row, class].
function table(columns, rows, nothing) {
  if (rows.length === 0) return none(nothing);
  const head = el("tr", {}, ...columns.map(([title, , kind]) => el("th", { scope: "col", class: kind || "" }, title)));
  const body = rows.map((row) =>
    el("tr", {}, ...columns.map(([title, cell, kind]) => el("td", { class: kind || "", "data-label": title }, cell(row)))));
  return el("div", { class: "wide" }, el("table", { class: "stacked" }, el("thead", {}, head), el("tbody", {}, ...body)));
}

function notice(problem) {
  const body = problem.body || {};
  const findings = (body.findings || []).map((finding) =>
    el("li", {}, el("code", {}, finding.code), " " + finding.message + " (" + finding.file + ":" + finding.line + ":" + finding.column + ")",
      ...finding.help.map((help) => el("div", { class: "soft" }, help))));
  const orphans = (body.orphans || []).map((run) =>
    el("li", {}, run.person + " in " + run.campaign + ", step " + run.step + ": " + run.action));
  return el("div", { class: "notice", role: "alert" }, el("p", {}, problem.message),
    ...(body.help || []).map((help) => el("p", { class: "soft" }, help)),
    findings.length + orphans.length ? el("ul", {}, ...findings, ...orphans) : null);
}

function put(title, ...children) {
  document.title = title + " · Campanile";
  main.replaceChildren(el("h2", {}, title), ...children.filter(Boolean));
}

// What an action record says, in one line.
function story(record) {
  switch (record.type) {
    case "qualified": return "qualified: " + record.trigger;
    case "action": return record.action;
    case "waiting": return "waits until " + record.until;
    case "ended": return "ended: " + record.outcome;
    case "incident": return record.code + ": " + record.message;
    default: return record.type;
  }
}

function outcome(record) {
  if (record.type === "incident") return el("span", { class: "bad" }, "incident");
  if (record.type !== "action") return "";
  const reason = record.reason ? " (" + record.reason.replaceAll("_", " ") + ")" : "";
  const kind = { done: "good", failed: "bad" }[record.outcome] || "soft";
  return el("span", { class: kind }, record.outcome + reason);
}

const recordColumns = [
  ["When", (record) => when(record.at), "when"],
  ["Person", (record) => (record.person ? link(record.person, "people", record.person) : "")],
  ["Campaign", (record) => (record.campaign ? link(record.campaign, "campaigns", record.campaign) : "")],
  ["What", (record) => story(record)],
  ["Outcome", outcome],
];

const kinds = {
  "sfdc_campaign.added": (entry) => "added to SFDC campaign " + entry.campaign + " with status " + entry.status,
  "sfdc_campaign.removed": (entry) => "removed from SFDC campaign " + entry.campaign,
  "sfdc_campaign.status_changed": (entry) => "status in SFDC campaign " + entry.campaign + ": " + entry.from + " → " + entry.to,
  "program.status_changed": (entry) => "status in program " + entry.program + ": " + entry.from + " → " + entry.to,
  "list.added": (entry) => "added to list " + entry.list,
  "list.removed": (entry) => "removed from list " + entry.list,
  "field.changed": (entry) => entry.field + ": " + show(entry.from) + " → " + show(entry.to),
  "activity": (entry) => entry.activity + " " + Object.entries(entry.attributes).map(([name, value]) => name + " " + show(value)).join(", "),
  "person.created": () => "created",
  "sfdc.synced": () => "became a lead in Salesforce",
  "sfdc.converted": () => "was converted to a contact in Salesforce",
  "sfdc.deleted": () => "was deleted in Salesforce",
  "segment.entered": (entry) => "entered segment " + entry.segment,
  "segment.left": (entry) => "left segment " + entry.segment,
  "campaign.requested": (entry) => "campaign " + entry.campaign + " was requested",
};

async function campaigns() {
  const { campaigns } = await ask(api("campaigns"));
  put("Campaigns", table([
    ["Campaign", (it) => link(it.name, "campaigns", it.name)],
    ["Starts", (it) => (it.start === "triggers" ? "by triggers" : it.start === "batch" ? it.schedule || "when asked" : "when executed")],
    ["", (it) => (it.active ? "" : "inactive"), "soft"],
    ["People", (it) => number(it.people), "number"],
    ["Qualified", (it) => number(it.qualified), "number"],
    ["Waiting", (it) => number(it.waiting), "number"],
  ], campaigns, "There are no smart campaigns in the rules."));
}

async function campaign(name) {
  const { campaigns } = await ask(api("campaigns"));
  const it = campaigns.find((campaign) => campaign.name === name);
  if (!it) return put(name, none("There is no such smart campaign in the rules."));
  const told = el("div", { role: "status" });
  const start = it.start === "batch" ? el("p", {}, el("button", {
    on: {
      click: async () => {
        try {
          const { last } = await ask(api("campaigns", name, "run"), { method: "POST" });
          told.replaceChildren(el("p", { class: "notice fine" }, "It ran; the last action record has number " + last + "."));
        } catch (problem) {
          told.replaceChildren(notice(problem));
        }
      },
    },
  }, "Run now"), told) : null;
  put(it.name,
    it.description ? el("p", {}, it.description) : null,
    el("dl", {},
      el("dt", {}, "Starts"), el("dd", {}, it.start === "triggers" ? el("ul", { class: "plain" }, ...it.triggers.map((text) => el("li", { class: "code" }, text)))
        : it.start === "batch" ? it.schedule || "when asked" : "when another campaign executes it"),
      el("dt", {}, "Filter"), el("dd", { class: "code" }, it.filter || "everybody"),
      el("dt", {}, "Qualify"), el("dd", {}, it.qualify),
      el("dt", {}, "Active"), el("dd", {}, it.active ? "yes" : "no"),
      ...(it.program ? [el("dt", {}, "Program"), el("dd", {}, it.program)] : []),
      el("dt", {}, "People"), el("dd", {}, number(it.people) + " qualified " + number(it.qualified) + " times"),
      el("dt", {}, "Waiting runs"), el("dd", {}, number(it.waiting))),
    start,
    el("h3", {}, "Flow"),
    el("figure", {}, el("img", { src: api("campaigns", name, "graph"), alt: "The graph of " + name + ": triggers, filter, steps" })));
}

async function people(_, query) {
  const filter = query.get("filter") || "";
  const form = el("form", {
    class: "ask", role: "search",
    on: {
      submit: (event) => {
        event.preventDefault();
        location.hash = "#/people?filter=" + encodeURIComponent(form.elements.filter.value);
      },
    },
  }, el("label", {}, el("span", {}, "Filter, as in rule files: Score >= 50 and Country is \"NL\""),
    el("input", { name: "filter", value: filter, autocomplete: "off", spellcheck: "false" })), el("button", {}, "Find"));
  let found;
  try {
    const { count, people } = await ask("/v1/people?limit=200&filter=" + encodeURIComponent(filter));
    const shown = people.length < count ? ", the first " + number(people.length) + " are shown" : "";
    found = [el("p", { class: "soft", role: "status" }, number(count) + (count === 1 ? " person" : " people") + shown),
      el("ul", { class: "plain" }, ...people.map((id) => el("li", {}, link(id, "people", id))))];
  } catch (problem) {
    found = [notice(problem)];
  }
  put("People", form, ...found);
}

async function person(id) {
  const [it, { campaigns }] = await Promise.all([ask(api("people", id)), ask(api("campaigns"))]);
  put(it.person,
    el("h3", {}, "Fields"),
    Object.keys(it.fields).length
      ? el("dl", {}, ...Object.entries(it.fields).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, show(value))]))
      : none("No field has a value."),
    el("h3", {}, "Member of"),
    table([
      ["What", (row) => (row.campaign ? "SFDC campaign " + row.campaign : "program " + row.program)],
      ["Status", (row) => row.status],
      ["Since", (row) => when(row.changed || row.since), "when"],
      ["Responded or success", (row) => (row.first_responded || row.success ? when(row.first_responded || row.success) : ""), "when"],
    ], [...it.sfdc_campaigns, ...it.programs], "Of no campaign and no program."),
    el("p", {}, el("span", { class: "soft" }, "Lists: "), it.lists.join(", ") || "none"),
    el("p", {}, el("span", { class: "soft" }, "Segments: "), it.segments.join(", ") || "none"),
    el("h3", {}, "Waits"),
    table([
      ["Campaign", (row) => link(row.campaign, "campaigns", row.campaign)],
      ["Step", (row) => row.step + ": " + row.action],
      ["Until", (row) => when(row.until), "when"],
    ], it.waiting, "In no flow."),
    el("h3", {}, "Qualified for"),
    table([
      ["Campaign", (row) => link(row.campaign, "campaigns", row.campaign)],
      ["Last", (row) => when(row.last), "when"],
      ["Times", (row) => number(row.times), "number"],
    ], it.qualified, "For nothing yet."),
    el("h3", {}, "Why, or why not"),
    el("ul", {}, ...campaigns.map((campaign) => el("li", {}, link(campaign.name, "people", it.person, "why", campaign.name)))),
    el("h3", {}, "What happened"),
    table([
      ["When", (row) => when(row.at), "when"],
      ["What", (row) => (kinds[row.what] ? kinds[row.what](row) : row.what)],
    ], it.log, "Nothing."));
}

// Each clause with what was found, as deep as the filter is.
function clause(part) {
  const found = (part.found || []).join("; ");
  return el("li", {},
    el("span", { class: part.holds ? "good" : "bad" }, part.holds ? "holds: " : "fails: "),
    el("span", { class: "code" }, part.text),
    found ? el("div", { class: "soft" }, found) : null,
    part.parts ? el("ul", {}, ...part.parts.map(clause)) : null);
}

async function why(id, name) {
  const it = await ask(api("people", id, "why") + "?campaign=" + encodeURIComponent(name));
  const last = it.last ? ", the last time " + it.last.replace("T", " ").replace("Z", " UTC") : "";
  put("Why " + it.person + " in " + it.campaign,
    el("p", {}, it.would_run ? "It would start a run now." : "It would not start a run now."),
    it.active ? null : el("p", { class: "bad" }, "The campaign is inactive."),
    el("h3", {}, "Filter"),
    it.filter ? el("ul", {}, clause(it.filter)) : el("p", {}, "Everybody passes."),
    el("h3", {}, "Qualification"),
    el("p", {}, el("span", { class: it.may_qualify ? "good" : "bad" }, it.qualify), ": qualified " + number(it.times) + (it.times === 1 ? " time" : " times") + last
      + (it.again ? "; again from " + it.again.replace("T", " ").replace("Z", " UTC") + " on" : "")),
    el("h3", {}, "Waits"),
    table([["Step", (row) => row.step + ": " + row.action], ["Until", (row) => when(row.until), "when"]], it.waiting, "In no flow of it."),
    el("p", {}, link(it.person, "people", it.person), " · ", link(it.campaign, "campaigns", it.campaign)));
}

// The newest records, and what comes while one looks.
async function activity() {
  const shownMax = 200;
  const rows = el("tbody", {});
  const row = (record) => el("tr", {}, ...recordColumns.map(([title, cell, kind]) => el("td", { class: kind || "", "data-label": title }, cell(record))));
  const nothing = none("Nothing was done yet.");
  put("Activity", nothing, el("div", { class: "wide" }, el("table", { class: "stacked" },
    el("thead", {}, el("tr", {}, ...recordColumns.map(([title, , kind]) => el("th", { scope: "col", class: kind || "" }, title)))), rows)));
  const { last } = await ask("/v1/status");
  const stream = new EventSource("/v1/actions?after=" + Math.max(0, last - shownMax));
  stream.addEventListener("message", (event) => {
    nothing.remove();
    rows.prepend(row(JSON.parse(event.data)));
    while (rows.children.length > shownMax) rows.lastElementChild.remove();
  });
  leave = () => stream.close();
}

async function waiting() {
  const { waiting, count } = await ask("/v1/waiting?limit=200");
  put("Waiting", el("p", { class: "soft" }, number(count) + (count === 1 ? " run waits" : " runs wait") + (waiting.length < count ? ", the next " + number(waiting.length) + " are shown" : "")),
    table([
      ["Until", (row) => when(row.until), "when"],
      ["Person", (row) => link(row.person, "people", row.person)],
      ["Campaign", (row) => link(row.campaign, "campaigns", row.campaign)],
    ], waiting, "Nobody waits in a flow."));
}

async function incidents() {
  const [{ incidents }, { dead_letters }] = await Promise.all([ask("/v1/incidents?limit=200"), ask("/v1/webhooks")]);
  const told = el("div", { role: "status" });
  const retry = el("p", {}, el("button", {
    on: {
      click: async () => {
        try {
          await ask("/v1/webhooks/retry", { method: "POST" });
          told.replaceChildren(el("p", { class: "notice fine" }, "They are tried again."));
        } catch (problem) {
          told.replaceChildren(notice(problem));
        }
      },
    },
  }, "Try them again"));
  put("Incidents", table(recordColumns.slice(0, 4), incidents, "There were none."),
    el("h3", {}, "Calls that webhooks did not take"),
    table([
      ["When", (it) => when(it.at), "when"],
      ["Webhook", (it) => it.webhook],
      ["Record", (it) => number(it.seq), "number"],
      ["Why", (it) => it.reason + ", tried " + it.tries + (it.tries === 1 ? " time" : " times")],
    ], dead_letters, "None."),
    dead_letters.length ? retry : null, told);
}

async function rules() {
  const told = el("div", { role: "status" });
  const { findings, files } = await ask("/v1/rules");
  put("Rules",
    el("p", {}, "The service reads the rule files again when it is told so. Rules with errors change nothing."),
    el("p", {}, el("button", {
      on: {
        click: async () => {
          try {
            const done = await ask("/v1/rules/reload", { method: "POST" });
            told.replaceChildren(el("p", { class: "notice fine" }, done.campaigns + " smart campaigns of " + done.files + " files run now."));
          } catch (problem) {
            told.replaceChildren(notice(problem));
          }
        },
      },
    }, "Read the rule files again")), told,
    el("h3", {}, "What the checker says about the files as they are now"),
    el("p", { class: "soft" }, number(files) + (files === 1 ? " file" : " files")),
    table([
      ["Code", (it) => el("code", {}, it.code)],
      ["Where", (it) => it.file + ":" + it.line + ":" + it.column, "code"],
      ["What", (it) => el("div", {}, it.message, ...it.help.map((help) => el("div", { class: "soft" }, help)))],
    ], findings, "Nothing to complain about."));
}

const recordKinds = { conflict: "conflict", refused_link: "refused link", unknown_status: "unknown status", failed: "failed", backward: "backward" };

async function sync() {
  const it = await ask("/v1/sync");
  if (!it.enabled) {
    put("Sync", el("p", {}, "This service has no sync. Give it a configuration that says where Salesforce is."));
    return;
  }
  const told = el("div", { role: "status" });
  const button = (text, work) => el("button", {
    on: {
      click: async (event) => {
        event.target.disabled = true;
        try {
          told.replaceChildren(await work());
        } catch (problem) {
          told.replaceChildren(notice(problem));
        }
        event.target.disabled = false;
      },
    },
  }, text);
  const again = button("Make a pass now", async () => {
    await ask("/v1/sync", { method: "POST" });
    return el("p", { class: "notice fine" }, "It begins as soon as nothing else is under way.");
  });
  const doctor = button("Why can't I see my campaigns?", async () => {
    told.replaceChildren(el("p", { class: "soft" }, "Salesforce and Marketo are asked …"));
    const { lines } = await ask("/v1/sync/doctor", { method: "POST" });
    return table([
      ["What", (row) => row.topic],
      ["Asked", (row) => row.asked],
      ["Answer", (row) => el("div", {}, el("span", { class: row.verdict === "fine" ? "" : "bad" }, row.answer), ...(row.remedy || []).map((line) => el("div", { class: "soft" }, "→ " + line)))],
    ], lines, "Nothing was asked.");
  });
  const state = it.running ? "A pass is under way." : it.next ? "The next pass begins at " + it.next.replace("T", " ").slice(0, 19) + " UTC." : "";
  const counts = ["new", "updated", "deleted", "failed", "skipped", "backlog"];
  put("Sync",
    it.trouble ? el("div", { class: "notice", role: "alert" }, it.trouble) : null,
    el("p", {}, state), el("p", { class: "buttons" }, again, doctor), told,
    el("h3", {}, "What is linked"),
    table([
      ["Program", (row) => row.program],
      ["SFDC campaign", (row) => row.campaign],
      ["Members in the program", (row) => number(row.program_members), "number"],
      ["Members in the campaign", (row) => number(row.campaign_members), "number"],
    ], it.links, "Nothing."),
    el("h3", {}, "The last pass"),
    it.ended ? el("p", { class: "soft" }, when(it.started), " to ", when(it.ended)) : null,
    table([["What", (row) => row.object], ...counts.map((key) => [key === "backlog" ? "left" : key, (row) => number(row[key]), "number"])],
      it.passes, it.ended ? "There was nothing to do: both sides agree." : "There was none yet."),
    el("h3", {}, "To be looked after, of the last five days"),
    table([
      ["When", (row) => when(row.at), "when"],
      ["What", (row) => recordKinds[row.kind] || row.kind],
      ["Link", (row) => row.link],
      ["Person", (row) => row.person || ""],
      ["Why", (row) => (row.code ? row.code + ": " : "") + row.message],
    ], [...it.records].reverse().slice(0, 200), "Nothing."));
}

const pages = { campaigns: [campaigns, campaign], people: [people, person], activity: [activity], waiting: [waiting], incidents: [incidents], sync: [sync], rules: [rules] };

async function go() {
  leave();
  leave = () => {};
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  const known = pages[page] || pages.campaigns;
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.getAttribute("href") === "#/" + (page in pages ? page : "campaigns")) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  try {
    if (page === "people" && rest.length === 3 && rest[1] === "why") await why(rest[0], rest[2]);
    else await (rest.length && known[1] ? known[1](rest.join("/"), new URLSearchParams(query)) : known[0](null, new URLSearchParams(query)));
  } catch (problem) {
    put("Something went wrong", notice(problem));
  }
}

// Whoever follows a link goes on from where the new page begins.
async function follow() {
  await go();
  main.focus({ preventScroll: true });
}

async function health() {
  try {
    const { people, incidents, now } = await ask("/v1/status");
    state.textContent = number(people) + " people, " + number(incidents) + (incidents === 1 ? " incident" : " incidents") + (now ? ", " + now.slice(0, 16).replace("T", " ") + " UTC" : "");
  } catch (problem) {
    state.textContent = problem.message;
  }
}

addEventListener("hashchange", follow);
go();
health();
setInterval(health, 5000);
