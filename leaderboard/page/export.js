"use strict";
/* Export the rows shown as CSV, JSON or BibTeX. */

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** A CSV cell; text that a spreadsheet would read as a formula gets an apostrophe. */
function cell(value) {
  const text = value === null || value === undefined ? "" : String(typeof value === "number" ? Number(value.toPrecision(9)) : value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The protocol's id as the command line takes it; track and scale if all rows are published ones. */
const nameOf = (board) => rulesOf(board) || board.id;

function csv(board, rows) {
  const heads = ["board", "protocol_sha256", "rank_low", "rank_high", "origin", "difference", "entrant", "title", "score", "std", "ci_low", "ci_high", "chance", "seeds", ...board.tasks.map((t) => t.label),
    "real_images", "pretrained_parts", "tier", "trained_elsewhere", ...Object.keys(COSTS), "license", "source", "submission"];
  const sha = (row) => board.groups.find((g) => g.rows.includes(row)).sha256;
  const lines = rows.map((r) => [nameOf(board), sha(r), r.interval?.[0], r.interval?.[1], r.origin, r.versus?.difference, r.entrant, r.title, r.value, r.std, r.ci?.[0], r.ci?.[1], r.chance, r.seeds.join(" "),
    ...board.tasks.map((t) => r.scores.find((s) => s.label === t.label)?.value), r.real, r.pretrained, r.tier, r.elsewhere, ...Object.keys(COSTS).map((key) => r.costs[key]), r.license, r.source, r.record]);
  return [heads, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** A row as a BibTeX entry; a citation in BibTeX stays as it is. */
function bibtex(board, row) {
  const given = (row.citation || row.source || "").trim();
  if (/^@\w+\s*\{[\s\S]*\}$/.test(given)) return given;
  const tex = (text) => text.replace(/[\\{}]/g, "").replace(/[&%$#_]/g, "\\$&").replace(/\s+/g, " ");
  const key = `${row.entrant}-${nameOf(board)}`.replace(/[^A-Za-z0-9-]/g, "");
  const note = `${pct(row.value)} on ${nameOf(board)}${row.record ? `, submission ${row.record.slice(0, 12)}` : ""}${given ? `. ${given}` : ""}`;
  const lines = [`title = {${tex(row.title)}}`, `note = {synthbench leaderboard: ${tex(note)}}`, ...(row.created ? [`year = {${row.created.slice(0, 4)}}`] : [])];
  return `@misc{${key},\n  ${lines.join(",\n  ")}\n}`;
}

function exports(board) {
  const shown = () => boardRows(board).filter(passes);
  const button = (words, act) => el("button", { type: "button", click: () => withDetails(act) }, words);
  return el("p", { class: "exports" }, "Save the rows shown: ",
    button("CSV", () => save(`${nameOf(board)}.csv`, "text/csv", csv(board, shown()))), " ",
    button("JSON", () => save(`${nameOf(board)}.json`, "application/json", JSON.stringify(shown().map(({ words, ...row }) => row), null, 1))), " ",
    button("BibTeX", () => save(`${nameOf(board)}.bib`, "text/plain", shown().map((row) => bibtex(board, row)).join("\n\n") + "\n")));
}
