"use strict";
// Everything shown is set as text, never as markup. A page of finds is drawn at a time, however many there are.
const PAGE = 50;
const VERDICTS = ["accept", "reject", "open"];
const WORDS = { accept: "Accept", reject: "Reject", open: "Leave open" };
const NAMES = ["where", "start", "end", "kind", "why", "surrogate", "sha256", "before", "text", "after"];

const data = JSON.parse(document.getElementById("data").textContent);
const finds = data.finds.map((row) => Object.fromEntries(NAMES.map((name, i) => [name, row[i]])));
const kinds = Object.keys(data.words);
const order = new Map(kinds.map((kind, i) => [kind, i]));
const groups = Map.groupBy ? Map.groupBy(finds, (f) => f.surrogate) : grouped(finds);
finds.forEach((f, i) => { f.at = i; f.state = "open"; });
const sorted = [...finds].sort((a, b) =>
  order.get(a.kind) - order.get(b.kind) || (a.surrogate < b.surrogate ? -1 : a.surrogate > b.surrogate ? 1 : a.at - b.at));

let chosen = sorted, first = 0, unsaved = false;
const $ = (id) => document.getElementById(id);

function grouped(all) {
  const map = new Map();
  for (const f of all) map.has(f.surrogate) ? map.get(f.surrogate).push(f) : map.set(f.surrogate, [f]);
  return map;
}

function make(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function button(text, act, attributes = {}) {
  const made = make("button", { type: "button", text, ...attributes });
  made.addEventListener("click", act);
  return made;
}

function decide(which, verdict) {
  for (const f of which) f.state = verdict;
  unsaved = true;
  refresh();
}

// What changes with a decision: counts and marks. The list itself is drawn anew only when other finds are chosen.
function refresh() {
  const left = finds.filter((f) => f.state === "open").length;
  $("count").textContent = `${finds.length - left} of ${finds.length} decided`;
  for (const row of $("kinds").rows) {
    row.cells[2].textContent = finds.filter((f) => f.kind === row.dataset.kind && f.state === "open").length;
  }
  for (const item of $("list").children) {
    const find = finds[item.dataset.at];
    item.dataset.state = find.state;
    for (const pressed of item.querySelectorAll("button[aria-pressed]")) {
      pressed.setAttribute("aria-pressed", pressed.className === find.state);
    }
  }
}

function shown(find) {
  const same = groups.get(find.surrogate);
  const item = make("li", { "data-at": find.at, tabindex: "-1" });
  const text = make("p", { class: "text" }, find.before, make("mark", { text: find.text }), find.after);
  const about = make("p", { class: "why", text: `${data.words[find.kind]}: ${find.why}. Becomes ` },
    make("code", { text: find.surrogate }));
  const acts = make("div", { class: "acts", role: "group", "aria-label": `Decision on find ${find.at + 1}` },
    ...VERDICTS.map((v) => button(WORDS[v], () => decide([find], v), { class: v, "aria-pressed": "false" })));
  if (same.length > 1) {
    acts.append(...["accept", "reject"].map((v) => button(`${WORDS[v]} all ${same.length} with this value`, () => decide(same, v))));
  }
  item.append(text, about, make("p", { class: "place", text: `${find.where}, ${find.start}–${find.end}` }), acts);
  return item;
}

function draw() {
  const page = chosen.slice(first, first + PAGE);
  $("list").replaceChildren(...page.map(shown));
  $("shown").textContent = chosen.length ? `${first + 1}–${first + page.length} of ${chosen.length}` : "None.";
  $("back").disabled = first === 0;
  $("next").disabled = first + PAGE >= chosen.length;
  refresh();
}

function choose() {
  const [kind, state, text] = [$("kind").value, $("state").value, $("text").value.toLowerCase()];
  chosen = sorted.filter((f) => (!kind || f.kind === kind) && (!state || f.state === state)
    && (!text || f.text.toLowerCase().includes(text)));
  first = 0;
  draw();
}

function turn(by) {
  first += by;
  draw();
  ($("list").firstElementChild || $("list")).focus();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const item = event.target.closest("li");
  if (event.key === "j" || event.key === "k") {
    const to = item ? (event.key === "j" ? item.nextElementSibling : item.previousElementSibling) : $("list").firstElementChild;
    if (to) to.focus();
    else if (event.key === "j" && !$("next").disabled) turn(PAGE);
    return;
  }
  const verdict = { a: "accept", r: "reject", o: "open" }[event.key.toLowerCase()];
  if (!item || !verdict) return;
  const find = finds[item.dataset.at];
  decide(event.shiftKey ? groups.get(find.surrogate) : [find], verdict);
}

function save() {
  const { format, version, texts } = data;
  const decided = finds.map(({ where, start, end, kind, surrogate, sha256, state }) =>
    ({ where, start, end, kind, surrogate, sha256, decision: state }));
  const blob = new Blob([JSON.stringify({ format, version, texts, finds: decided }, null, 1) + "\n"], { type: "application/json" });
  const link = make("a", { href: URL.createObjectURL(blob), download: "review.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  unsaved = false;
  $("said").textContent = "Saved as review.json among your downloads.";
}

async function load(event) {
  const file = event.target.files[0];
  if (!file) return;
  const key = (f) => JSON.stringify([f.where, f.start, f.end, f.kind, f.sha256]);
  try {
    const read = JSON.parse(await file.text());
    if (read.format !== data.format || read.version !== data.version) throw new Error();
    const known = new Map(read.finds.map((f) => [key(f), f.decision]));
    let met = 0;
    for (const find of finds) {
      const verdict = known.get(key(find));
      if (VERDICTS.includes(verdict)) { find.state = verdict; met += 1; }
    }
    unsaved = false;
    choose();
    $("said").textContent = `${met} of ${finds.length} finds are in that file; ${finds.length - met} are not.`;
  } catch {
    $("said").textContent = "That file holds no decisions of such a page.";
  }
}

for (const kind of kinds) {
  const all = finds.filter((f) => f.kind === kind);
  const row = make("tr", { "data-kind": kind }, make("th", { scope: "row", text: data.words[kind] }),
    make("td", { text: all.length }), make("td"), make("td", {},
      button("Accept all", () => decide(all, "accept"), { "aria-label": `Accept all: ${data.words[kind]}` }),
      button("Reject all", () => decide(all, "reject"), { "aria-label": `Reject all: ${data.words[kind]}` })));
  $("kinds").append(row);
  $("kind").append(make("option", { value: kind, text: data.words[kind] }));
}
$("kind").addEventListener("change", choose);
$("state").addEventListener("change", choose);
$("text").addEventListener("input", choose);
$("list").addEventListener("keydown", onKey);
$("back").addEventListener("click", () => turn(-PAGE));
$("next").addEventListener("click", () => turn(PAGE));
$("save").addEventListener("click", save);
$("load").addEventListener("change", load);
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
choose();
