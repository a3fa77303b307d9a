"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

// -- light and dark
const root = document.documentElement;
const theme = (dark) => {
  root.dataset.theme = dark ? "dark" : "light";
  at("theme").setAttribute("aria-pressed", dark);
  at("theme").textContent = dark ? "Light" : "Dark";
};
theme(matchMedia("(prefers-color-scheme: dark)").matches);
at("theme").addEventListener("click", () => theme(root.dataset.theme !== "dark"));

// -- tables: sort by a column, filter by words
const key = (cell) => (cell.dataset.n === undefined ? cell.textContent : Number(cell.dataset.n));
for (const table of document.querySelectorAll("details.table table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");  // empty cells last
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
      return up ? order : -order;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }));
}
for (const input of document.querySelectorAll("input[data-filters]")) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of at(input.dataset.filters).tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    at(`${input.dataset.filters}-count`).textContent = words.length ? `${shown} rows` : "";
  });
}

// -- videos
const PAGE = 60;
let limit = PAGE;
const names = new Intl.Collator("en", { numeric: true });
const unique = (values) => [...new Set(values.filter((value) => value !== null))].sort(names.compare);
const length = (video) => Math.max(0, ...Object.values(video.scores).flat().map((segment) => segment[1]));

function segment(video, oracle, [start, end, score, kept], whole) {
  const told = `${start}-${end} s: ${score === null ? "no score" : score.toFixed(2)}${kept ? ", kept" : ""}`;
  const cell = make(video.file ? "button" : "span", { class: `segment${score === null ? " silent" : ""}${kept ? " kept" : ""}`, title: `${oracle}, ${told}` });
  if (video.file) {
    cell.type = "button";
    cell.setAttribute("aria-label", `Play ${told}`);
    cell.addEventListener("click", () => play(video, start, end));
  }
  cell.style.left = `${(100 * start) / whole}%`;
  cell.style.width = `${(100 * (end - start)) / whole}%`;
  cell.style.setProperty("--oracle", data.colours[oracle]);
  if (score !== null) cell.style.backgroundColor = `rgba(var(--cell), ${(0.04 + 0.8 * score).toFixed(3)})`;
  return cell;
}

function strips(video) {
  const box = make("div", { class: `strips${video.file ? " plays" : ""}` });
  const whole = length(video);
  for (const oracle of data.oracles) {
    const segments = video.scores[oracle];
    if (!segments && !video.outcomes[oracle]) continue;
    const outcome = video.outcomes[oracle];
    const swatch = make("span", { class: "swatch" });
    swatch.style.background = data.colours[oracle];
    const said = outcome && outcome[0] !== "yes" ? ` (${outcome[0]})` : "";
    box.append(make("span", { class: "name", title: oracle }, swatch, oracle + said));
    const kept = (segments || []).filter((one) => one[3]).length;
    const strip = make("div", { class: "strip", role: "group", "aria-label": `${oracle}: ${(segments || []).length} segments, ${kept} kept` });
    strip.append(...(segments || []).map((one) => segment(video, oracle, one, whole)));
    box.append(strip);
  }
  if (whole) box.append(make("span", { class: "axis", "aria-hidden": "true" }, make("span", {}, "0 s"), make("span", {}, `${Number(whole.toFixed(2))} s`)));
  return box;
}

function card(video) {
  const item = make("li", { class: "video" });
  item.append(video.picture ? make("img", { src: video.picture, alt: "", loading: "lazy" }) : make("span", { class: "bare" }));
  item.append(make("h3", {}, video.id));
  const facts = [video.dataset, video.label, video.agreement === null ? null : `agreement ${video.agreement.toFixed(2)}`];
  item.append(make("p", {}, facts.filter(Boolean).join(" \u00b7 ")), strips(video));
  return item;
}

function play(video, start, end) {
  const film = at("film");
  film.src = `${video.file.split("/").map(encodeURIComponent).join("/")}#t=${start},${end}`;
  at("playing").textContent = `${video.id}, ${start} to ${end} s`;
  at("player").showModal();
  film.play().catch(() => { at("playing").textContent += ": this browser cannot play the file"; });
}

function chosen() {
  const words = at("search").value.toLowerCase();
  const [dataset, label, outcome, sort] = ["dataset", "label", "outcome", "sort"].map((id) => at(id).value);
  const found = data.videos.filter((video) =>
    (!dataset || video.dataset === dataset) && (!label || video.label === label) &&
    (!outcome || Object.values(video.outcomes).some((one) => one[0] === outcome)) &&
    (!words || `${video.id} ${video.label || ""}`.toLowerCase().includes(words)));
  const sign = sort === "most" ? -1 : 1;
  return found.sort((a, b) => {
    if (sort !== "name" && a.agreement !== b.agreement) {
      if (a.agreement === null || b.agreement === null) return (a.agreement === null) - (b.agreement === null);
      return sign * (a.agreement - b.agreement);
    }
    return names.compare(a.dataset, b.dataset) || names.compare(a.id, b.id);
  });
}

function show() {
  const found = chosen();
  at("count").textContent = `${found.length} of ${data.videos.length} videos`;
  at("list").replaceChildren(...found.slice(0, limit).map(card));
  at("more").hidden = found.length <= limit;
}

if (at("list")) {
  const fill = (id, values) => at(id).append(...values.map((value) => make("option", { value }, value)));
  fill("dataset", unique(data.videos.map((video) => video.dataset)));
  fill("label", unique(data.videos.map((video) => video.label)));
  fill("outcome", unique(data.videos.flatMap((video) => Object.values(video.outcomes).map((one) => one[0]))));
  for (const oracle of data.oracles) {
    const swatch = make("span", { class: "swatch" });
    swatch.style.background = data.colours[oracle];
    at("legend").append(make("span", {}, swatch, oracle));
  }
  at("controls").addEventListener("input", () => { limit = PAGE; show(); });
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("more").addEventListener("click", () => { limit += PAGE; show(); });
  at("close").addEventListener("click", () => at("player").close());
  at("player").addEventListener("close", () => at("film").pause());
  show();
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
