"use strict";
(() => {
  const index = JSON.parse(document.getElementById("index").textContent);
  const at = (id) => document.getElementById(id);
  const STEP = 50;
  const total = index.item.length;
  const disputed = new Set(index.disputed);
  let haystack = null, found = [], from = 0;

  // What is searched is written in small letters once, at the first search.
  const texts = () => haystack ??= index.item.map((item, i) => (item + "\n" + index.title[i]).toLowerCase());

  const byCodePoint = (a, b) => {
    const x = Array.from(a, (c) => c.codePointAt(0)), y = Array.from(b, (c) => c.codePointAt(0));
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] - y[i];
    return x.length - y.length;
  };

  const search = () => {
    const words = at("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = at("verdict").value, rule = at("rule").value;
    const fits = index.said.map(([v, rules]) =>
      (!verdict || v === verdict) && (!rule || rules.split(";").includes(rule)));
    const only = verdict === "disputed";
    const all = words.length ? texts() : null;
    found = [];
    for (let i = 0; i < total; i++) {
      if (only ? !disputed.has(i) : !fits[index.verdict[i]]) continue;
      if (!all || words.every((word) => all[i].includes(word))) found.push(i);
    }
    from = 0;
    draw();
    elsewhere();
  };

  const cell = (name, text, kind) => {
    const td = document.createElement("td");
    td.dataset.name = name;
    td.textContent = text;
    if (kind) td.className = kind;
    return td;
  };

  const row = (i) => {
    const [verdict, rules, reason] = index.said[index.verdict[i]];
    const tr = document.createElement("tr"), head = document.createElement("th");
    head.scope = "row";
    const name = index.title[i] || index.item[i];
    if (index.url[i]) {
      const link = document.createElement("a");
      link.href = index.url[i];
      link.rel = "noreferrer";
      link.textContent = name;
      head.append(link);
    } else head.textContent = name;
    if (index.title[i]) {
      const id = document.createElement("div");
      id.className = "soft";
      id.textContent = index.item[i];
      head.append(id);
    }
    const said = disputed.has(i) ? verdict + ", disputed" : verdict;
    tr.append(head, cell("Verdict", said, "verdict " + verdict), cell("Rule", rules.split(";").join(", ") || "–"),
      cell("Why", reason), cell("Licence", index.licences[index.licence[i]] || "–"));
    return tr;
  };

  const draw = () => {
    at("rows").replaceChildren(...found.slice(from, from + STEP).map(row));
    const last = Math.min(from + STEP, found.length), count = (n) => n.toLocaleString("en");
    at("shown").textContent = found.length
      ? `${count(from + 1)}–${count(last)} of ${count(found.length)}` : "None.";
    at("back").disabled = from === 0;
    at("next").disabled = last >= found.length;
    at("results").hidden = !found.length;
  };

  // Of several pages: the one that holds an identifier, were it there.
  const elsewhere = () => {
    const text = at("text").value.trim(), line = at("elsewhere");
    if (!line) return;
    line.replaceChildren();
    if (!text) return;
    let n = 0;
    while (n + 1 < index.first.length && byCodePoint(index.first[n + 1], text) <= 0) n++;
    const link = document.createElement("a");
    link.href = index.pages[n] + "#q=" + encodeURIComponent(text);
    link.textContent = `page ${n + 1} of ${index.pages.length}`;
    line.append("An item called exactly so would be on ", link, ".");
  };

  let waiting = 0;
  at("text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
  for (const id of ["verdict", "rule"]) at(id).addEventListener("change", search);
  at("find").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); search(); });
  at("back").addEventListener("click", () => { from -= STEP; draw(); });
  at("next").addEventListener("click", () => { from += STEP; draw(); });
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked) at("text").value = asked;
  at("search").hidden = false;
  search();
})();
