"use strict";
/* Details of one entrant: its record, and how to use it. */

const show = (value) => (/^[0-9a-f]{40,64}$/.test(value) ? el("code", { title: value }, value.slice(0, 16) + "…") : typeof value === "object" && value !== null ? JSON.stringify(value)
  : typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value));

function facts(title, values) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => (value ?? "") !== "" && !(Array.isArray(value) && !value.length));
  if (!entries.length) return null;
  return el("section", {}, el("h3", {}, title), el("dl", {}, entries.map(([key, value]) => el("div", {}, el("dt", {}, key),
    el("dd", {}, value instanceof Node ? value : show(value))))));
}

function scoreTable(board, row) {
  const axis = [0, Math.min(1, Math.ceil(Math.max(...row.scores.map((s) => Math.max(s.ci[1], s.chance))) * 10) / 10)];
  const lines = row.scores.map((s) => el("tr", {}, el("th", { scope: "row" }, unbroken(s.label)), el("td", { class: "num" }, el("b", {}, pct(s.value)), s.std === null ? null : ` ± ${pct(s.std)}`),
    el("td", { class: "dots" }, plot(axis, s.chance, { ...row, value: s.value, ci: s.ci })), el("td", { class: "num quiet" }, span(s.ci)), el("td", { class: "num quiet" }, pct(s.chance)),
    el("td", { class: "num quiet each" }, s.per_seed.length > 1 ? s.per_seed.map((v) => pct(v)).join("  ") : "")));
  const heads = ["Task", "Score", unseen("Plot"), "95 % interval", "Chance", row.seeds.length > 1 ? `Seeds ${row.seeds.join(", ")}` : unseen("Seeds")];
  return el("table", { class: "scores" }, el("thead", {}, el("tr", {}, heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, lines));
}

const code = (title, text) => el("section", {}, el("h3", {}, title), el("pre", { tabindex: 0 }, text));

/** How to fetch the encoder; the form of repo and revision was checked when the record was read. */
function encoderUse(row) {
  const first = row.encoders?.[0];
  if (!first) return null;
  const at = first.revision ? `@${first.revision}` : "";
  const board = DATA.leaderboard ? ` --leaderboard ${DATA.leaderboard}` : "";
  const lines = [`synthbench pull ${DATA.leaderboard && row.submissions.length === 1 ? row.record.slice(0, 12) + board : first.repo + at}`, "", "# Python",
    `encoder = synthbench.load_encoder("${first.repo}${at}")  # takes pixels in [0, 1], normalises them itself`];
  if (row.timm) lines.push(`model = timm.create_model("hf-hub:${first.repo}${at}", pretrained=True)  # takes normalised images`);
  return code("Use its encoder", lines.join("\n"));
}

function openDialog(title, body, below) {
  const shell = el("article", {},
    el("header", {}, el("div", {}, el("h2", { id: "detail-title", tabindex: -1, autofocus: true }, title), below),
      el("button", { type: "button", class: "close", "aria-label": "Close", click: () => $("detail").close() }, "×")), body);
  $("detail").replaceChildren(shell);
  if (!$("detail").open) $("detail").showModal();
  $("detail").scrollTop = 0;
}

function openDetail(board, row) {
  const flags = { "real images": row.real ? (row.real_data_sources ?? []).join(", ") || "yes" : "none", "pretrained parts": row.pretrained ? "yes" : "none" };
  const place = row.rank === null ? `Not ranked: ${row.unranked || "published, not re-run"}` : `Rank ${rankText(row)} of ${board.groups.find((g) => g.rows.includes(row)).rows.filter((r) => r.rank && !again(r)).length}`;
  openDialog(row.title, el("div", {},
    el("p", { class: "verdict" }, el("b", {}, pct(row.value)), row.std === null ? null : ` ± ${pct(row.std)} over ${row.seeds.length} seeds`, el("span", {}, place,
      row.ci ? `; 95 % interval ${span(row.ci)}; chance ${pct(row.chance)}` : ""),
      row.versus ? el("span", {}, `${difference(row)} points from the ${row.versus.origin} row${row.versus.changed.length ? ` (${row.versus.changed.join(", ")})` : ""}: ${inNoise(row) ? "within noise" : "more than noise"}`) : null),
    row.sheet ? el("img", { class: "sheet", src: row.sheet.full, width: row.sheet.width, height: row.sheet.height, alt: `Images from ${row.title}` }) : null,
    scoreTable(board, row),
    row.command ? code("Run it yourself", row.command.replaceAll("; ", "\n")) : null,
    encoderUse(row),
    el("div", { class: "facts" },
      facts("Entrant", { licence: row.license, citation: row.citation, source: row.source && link(row.source_url, row.source), family: row.family, ...flags,
        code: row.code?.url && link(row.code.url, row.code.url), commit: row.code?.commit, submitter: row.submitter }),
      facts(row.elsewhere ? "Origin" : "Recipe", row.params), facts("Images", row.data), facts("Properties of the images", row.properties), facts("Cost per seed", row.cost), facts("Environment", row.env),
      facts("Record", row.record && { checked: row.tier && el("span", {}, `${row.tier}: ${TIERS[row.tier]}`), made: row.created, id: row.record, source: row.code.sha256,
        ...Object.fromEntries((row.encoders ?? []).map((e) => [`encoder, seed ${e.seed}`, `${e.repo}@${(e.revision ?? "").slice(0, 12)}`])) })),
    code("Cite it", bibtex(board, row)),
    row.badge ? el("p", { class: "badge" }, el("img", { src: row.badge, alt: `synthbench: ${pct(row.value)}` }), " ", el("a", { href: row.badge, download: true }, "badge as SVG")) : null),
  el("p", {}, el("code", {}, row.entrant), " ", tags(row)));
}
