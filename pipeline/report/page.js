"use strict";
// The reader. Text from the articles reaches the page through textContent only, never as HTML.
(() => {
  const PAGE = 100; // entries of the list drawn at a time
  const { names, articles } = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const named = (number) => (number < 0 ? null : names[number]);
  const count = (number) => number.toLocaleString("en");

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function tally(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    return [...counts].sort((one, two) => two[1] - one[1] || (one[0] < two[0] ? -1 : 1));
  }

  // What the filters ask, worked out once.
  const facts = articles.map((article) => {
    const speakers = article.q.filter((quote) => named(quote[8]) === "person").map((quote) => named(quote[7]));
    const people = article.e.filter((mention) => names[mention[2]] === "PERSON").map((mention) => names[mention[3]]);
    const kinds = new Set(article.r.map((edit) => names[edit[2]]));
    return {
      words: article.h.toLowerCase(),
      outlet: names[article.o],
      day: article.d,
      people: [...new Set([...speakers, ...people].filter(Boolean))],
      kinds,
    };
  });

  // The filters.
  const filter = { words: byId("f-words"), outlet: byId("f-outlet"), day: byId("f-day"), person: byId("f-person"), kind: byId("f-kind") };
  const option = (value, text) => make("option", { value }, text);
  function fill(select, all, counts) {
    select.append(option("", all), ...counts.map(([value, number]) => option(value, `${value} (${count(number)})`)));
  }
  fill(filter.outlet, "All outlets", tally(facts.map((fact) => fact.outlet)));
  const days = tally(facts.map((fact) => fact.day)).sort((one, two) => (!one[0] - !two[0]) || (one[0] < two[0] ? -1 : 1));
  filter.day.append(option("", "All days"));
  for (const [day, number] of days) filter.day.append(option(day || "undated", `${day || "no date"} (${count(number)})`));
  filter.kind.append(option("", "Anything"));
  for (const [value, text, test] of [
    ["quotes", "quotes", (article) => article.q.length],
    ["embeds", "embedded posts", (article) => article.m.length],
    ["links", "near duplicates or versions", (article) => article.l.length],
  ]) {
    const number = articles.filter(test).length;
    if (number) filter.kind.append(option(value, `${text} (${count(number)})`));
  }
  for (const [kind, number] of tally(facts.flatMap((fact) => [...fact.kinds]))) {
    filter.kind.append(option("kind:" + kind, `removed: ${kind} (${count(number)})`));
  }
  for (const [person] of tally(facts.flatMap((fact) => fact.people)).slice(0, 400)) byId("person-list").append(make("option", { value: person }));

  let shown = [];
  let drawn = 0;
  function passes(place) {
    const fact = facts[place];
    const article = articles[place];
    const words = filter.words.value.trim().toLowerCase();
    const person = filter.person.value.trim().toLowerCase();
    const kind = filter.kind.value;
    if (words && !fact.words.includes(words)) return false;
    if (filter.outlet.value && fact.outlet !== filter.outlet.value) return false;
    if (filter.day.value && (fact.day || "undated") !== filter.day.value) return false;
    if (person && !fact.people.some((name) => name.toLowerCase().includes(person))) return false;
    if (kind === "quotes") return article.q.length > 0;
    if (kind === "embeds") return article.m.length > 0;
    if (kind === "links") return article.l.length > 0;
    return !kind || fact.kinds.has(kind.slice(5));
  }

  function refilter() {
    shown = articles.map((_, place) => place).filter(passes);
    drawn = 0;
    byId("list").replaceChildren();
    byId("found").textContent = shown.length === articles.length ? `${count(articles.length)} articles` : `${count(shown.length)} of ${count(articles.length)} articles`;
    drawMore();
  }

  function drawMore() {
    const next = shown.slice(drawn, drawn + PAGE);
    for (const place of next) {
      const article = articles[place];
      const link = make("a", { href: `#article-${place}`, "data-place": place }, make("small", {}, `${names[article.o]} · ${article.p || "no date"}`), article.h);
      if (place === current) link.setAttribute("aria-current", "true");
      byId("list").append(make("li", {}, link));
    }
    drawn += next.length;
    byId("more").hidden = drawn >= shown.length;
  }

  byId("more").addEventListener("click", () => {
    const first = drawn;
    drawMore();
    byId("list").children[first]?.firstChild.focus();
  });
  byId("filters").addEventListener("input", refilter);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  function clear() {
    for (const field of Object.values(filter)) field.value = "";
  }
  // At once and not after the event: the list must not change under a focus that has moved on.
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
    refilter();
  });
  byId("list").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = event.target.closest("li");
    if (!step || !item) return;
    event.preventDefault();
    (step > 0 ? item.nextElementSibling : item.previousElementSibling)?.firstChild.focus();
  });
  for (const button of document.querySelectorAll(".pick")) {
    button.addEventListener("click", () => {
      const field = filter[button.dataset.filter];
      clear();
      field.value = button.dataset.value;
      refilter();
      byId("reader").scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }

  // One article: raw text cut where any mark begins or ends, each piece bearing all marks over it.
  const KIND_TAGS = { tweet: "post", advertisement: "ad", promo: "promo", caption_credit: "caption", byline: "byline", dateline: "dateline", agency_footer: "agency", share_links: "share", copyright: "copyright", hygiene: "repair" };
  let current = -1;
  let marks = [];
  let layers = { removed: true, names: true, quotes: true };

  function marksOf(article) {
    const found = [];
    const add = (type, start, end, more) => found.push({ type, start, end, id: found.length, ...more });
    for (const [start, end, kind, rule, replacement] of article.r) add("removal", start, end, { kind: names[kind], rule: names[rule], replacement });
    for (const [start, end, label, entity, rule] of article.e) add("entity", start, end, { label: names[label], name: names[entity], rule: named(rule) });
    article.q.forEach(([start, end, pieces, speaker, cue, type, flag, name, kind, reason, hedged, confidence], number) => {
      const quote = { start, end, number, form: named(type), flag: named(flag), name: named(name), kind: named(kind), reason: named(reason), hedged, confidence, ids: [], speakerId: null, cueId: null };
      const spans = pieces.length ? pieces : [start, end];
      for (let at = 0; at < spans.length; at += 2) {
        quote.ids.push(found.length);
        add("quote", spans[at], spans[at + 1], { quote });
      }
      if (speaker.length) { quote.speakerId = found.length; add("speaker", speaker[0], speaker[1], { quote }); }
      if (cue.length) { quote.cueId = found.length; add("cue", cue[0], cue[1], { quote }); }
    });
    return found;
  }

  // Offsets count code points, strings in a browser count UTF-16 units.
  function sliceOf(text) {
    if (!/[\ud800-\udfff]/.test(text)) return [text.length, (start, end) => text.slice(start, end)];
    const points = Array.from(text);
    return [points.length, (start, end) => points.slice(start, end).join("")];
  }

  function drawText(article) {
    const [length, slice] = sliceOf(article.t);
    const starts = new Map();
    const ends = new Map();
    const push = (map, key, value) => (map.has(key) ? map.get(key).push(value) : map.set(key, [value]));
    for (const mark of marks) {
      push(starts, mark.start, mark);
      if (mark.end > mark.start) push(ends, mark.end, mark);
    }
    // A removal's blank lines are a piece of their own, so that no empty line is outlined with its words.
    const trims = marks.filter((mark) => mark.type === "removal").map((mark) => mark.start + Array.from(slice(mark.start, mark.end).trimEnd()).length);
    const cuts = [...new Set([0, length, ...starts.keys(), ...ends.keys(), ...trims])].filter((at) => at >= 0 && at <= length).sort((one, two) => one - two);
    const box = make("div", { class: "text", id: "text", role: "group", "aria-label": "Raw text. Arrow keys go from mark to mark, Enter on a quote goes to its speaker." });
    const active = new Set();
    cuts.forEach((at, index) => {
      for (const mark of ends.get(at) || []) active.delete(mark);
      const begun = starts.get(at) || [];
      for (const mark of begun) {
        if (mark.end > mark.start) active.add(mark);
        else if (mark.type === "removal") box.append(make("ins", { class: "mark stop", tabindex: -1, role: "button", "data-m": mark.id }, mark.replacement || "·"));
      }
      const end = cuts[index + 1];
      if (end === undefined) return;
      const piece = slice(at, end);
      if (!active.size) { box.append(piece); return; }
      const over = [...active];
      const removal = over.find((mark) => mark.type === "removal");
      const node = make(removal ? "del" : "span", { "data-m": over.map((mark) => mark.id).join(" ") }, piece);
      const begins = begun.filter((mark) => mark.end > mark.start);
      for (const mark of over) {
        if (mark.type === "entity") node.classList.add("e", "e-" + mark.label);
        if (mark.type === "quote") node.classList.add("q");
        if (mark.type === "speaker") node.classList.add("s");
        if (mark.type === "cue") node.classList.add("c");
      }
      if (removal) {
        node.classList.add("k-" + removal.kind);
        if (removal.start === at) { node.classList.add("first"); node.dataset.tag = KIND_TAGS[removal.kind] || removal.kind; }
      }
      if (begins.some((mark) => mark.type === "quote")) node.classList.add("open");
      if (begins.length) {
        node.classList.add("stop");
        node.setAttribute("role", "button");
        node.tabIndex = -1;
      }
      box.append(node);
      if (removal && removal.end === end && removal.replacement) box.append(make("ins", { title: "put in its place" }, removal.replacement));
    });
    const first = box.querySelector(".stop");
    if (first) first.tabIndex = 0;
    box.addEventListener("focusin", (event) => { roam(event.target); describe(event.target, true); });
    box.addEventListener("mouseover", (event) => { const node = event.target.closest("[data-m]"); if (node) describe(node, false); });
    box.addEventListener("mouseleave", () => { if (document.activeElement.matches("#text .stop")) describe(document.activeElement, true); else quiet(); });
    box.addEventListener("keydown", onTextKey);
    box.addEventListener("click", (event) => { const node = event.target.closest("[data-m]"); if (node) { const stop = stopOf(idsOf(node)[0]); if (stop) stop.focus({ preventScroll: true }); describe(node, true); } });
    return box;
  }

  const idsOf = (node) => (node.dataset.m || "").split(" ").filter(Boolean).map(Number);
  const piecesOf = (id) => [...document.querySelectorAll("#text [data-m]")].filter((node) => idsOf(node).includes(id));
  const stopOf = (id) => piecesOf(id)[0];
  const visible = (node) => node.getClientRects().length > 0;

  function roam(node) {
    if (!node.matches(".stop")) return;
    for (const other of document.querySelectorAll("#text .stop[tabindex='0']")) other.tabIndex = -1;
    node.tabIndex = 0;
  }

  function onTextKey(event) {
    const stops = [...document.querySelectorAll("#text .stop")].filter(visible);
    const at = stops.indexOf(document.activeElement);
    let to = null;
    if (event.key === "ArrowRight" || event.key === "ArrowDown") to = stops[at + 1];
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") to = stops[at - 1];
    else if (event.key === "Home") to = stops[0];
    else if (event.key === "End") to = stops[stops.length - 1];
    else if (event.key === "Escape") to = document.querySelector("#list [aria-current]");
    else if (event.key === "Enter" || event.key === " ") {
      const quote = idsOf(document.activeElement).map((id) => marks[id]).find((mark) => mark.type === "quote");
      to = quote && quote.quote.speakerId !== null ? stopOf(quote.quote.speakerId) : null;
    } else return;
    event.preventDefault();
    if (to) to.focus();
  }

  function rows(pairs) {
    const list = make("dl");
    for (const [term, value] of pairs) if (value !== null && value !== undefined && value !== "") list.append(make("dt", {}, term), make("dd", {}, String(value)));
    return list;
  }

  function detailOf(mark) {
    const where = ["Raw characters", `${count(mark.start)}–${count(mark.end)}`];
    if (mark.type === "removal") return [make("h4", {}, `Removed: ${mark.kind}`), rows([["Rule", mark.rule], where, ["In its place", mark.replacement ? `“${mark.replacement}”` : "nothing"]]), ...articles[current].m.filter(([start, end]) => start < mark.end && mark.start < end).map(card)];
    if (mark.type === "entity") return [make("h4", {}, mark.name), rows([["Label", mark.label], ["Rule", mark.rule || "none: the model’s own"], where])];
    const quote = mark.quote;
    if (mark.type === "cue") return [make("h4", {}, "Cue of a quote"), rows([["Speaker", quote.name], where])];
    if (mark.type === "speaker") return [make("h4", {}, `Speaker: ${quote.name}`), rows([["Kind", quote.kind], where])];
    return [make("h4", {}, quote.flag ? `In quote marks: ${quote.flag}` : `Quote (${quote.form})`), rows([["Speaker", quote.name || "not known"], ["Why not", quote.name ? null : quote.reason], ["Kind", quote.kind], ["Hedged", quote.hedged ? "yes" : null], ["Confidence", quote.confidence], ["Pieces", quote.ids.length > 1 ? quote.ids.length : null], where])];
  }

  function quiet() {
    for (const node of document.querySelectorAll(".lit")) node.classList.remove("lit");
    document.querySelector("svg.thread")?.remove();
    byId("detail").replaceChildren(make("p", {}, "Point at a mark in the text, or go from mark to mark with the arrow keys, to see its rule and its place."));
  }

  function describe(node, focused) {
    const over = idsOf(node).map((id) => marks[id]);
    if (!over.length) return;
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    document.querySelector("svg.thread")?.remove();
    const order = { removal: 0, entity: 1, speaker: 2, cue: 3, quote: 4 };
    over.sort((one, two) => order[one.type] - order[two.type]);
    byId("detail").replaceChildren(...over.flatMap(detailOf));
    const quotes = over.filter((mark) => mark.quote).map((mark) => mark.quote);
    for (const quote of quotes) {
      const parts = [quote.speakerId, quote.cueId, ...(focused ? quote.ids : [])].filter((id) => id !== null);
      for (const id of parts) for (const piece of piecesOf(id)) piece.classList.add("lit");
    }
    if (quotes.length && layers.quotes) thread(quotes[0]);
  }

  // A line from a quote to the words that name its speaker.
  function thread(quote) {
    if (quote.speakerId === null) return;
    const to = stopOf(quote.speakerId);
    const rects = quote.ids.flatMap((id) => piecesOf(id).flatMap((node) => [...node.getClientRects()]));
    if (!to || !visible(to) || !rects.length) return;
    const box = byId("text").getBoundingClientRect();
    const two = to.getClientRects()[0];
    const level = (rect) => Math.abs(rect.bottom - two.bottom) < two.height / 2;
    const one = rects.filter(level).pop() || (two.top < rects[0].top ? rects[0] : rects[rects.length - 1]);
    const x = two.left + two.width / 2 - box.left;
    const y = two.bottom - box.top + 3;
    const x1 = one.left + one.width / 2 - box.left;
    const y1 = one.bottom - box.top + 3;
    // Below the words on one line; else between the lines and down the margin, never through words.
    const down = y > y1 ? 6 : -6;
    const line = level(one)
      ? `M${x1},${y} C${x1},${y + 14} ${x},${y + 14} ${x},${y}`
      : `M${x1},${y1} H-6 Q-12,${y1} -12,${y1 + down} V${y - down} Q-12,${y} -6,${y} H${x}`;
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "thread");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", line);
    const dot = document.createElementNS(space, "circle");
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    dot.setAttribute("r", 4);
    svg.append(path, dot);
    byId("text").append(svg);
  }

  function jump(id) {
    const stop = stopOf(id);
    if (!stop) return;
    stop.scrollIntoView({ block: "center" });
    stop.focus({ preventScroll: true });
  }

  function card([start, end, platform, author, handle, posted, text, links]) {
    const meta = [platform, posted && posted.slice(0, 10), `raw characters ${count(start)}–${count(end)}`].filter(Boolean).join(" · ");
    return make("article", { class: "card" }, make("header", {}, make("b", {}, author || "Author not known"), make("span", { class: "soft" }, handle ? handle.replace(/^@?/, "@") : "")), make("p", {}, text), make("footer", {}, meta, links ? make("div", {}, links) : null));
  }

  const shortened = (text, size) => (text.length > size ? text.slice(0, size - 1) + "…" : text);

  function drawSide(article, slice) {
    const side = [make("div", { id: "detail", class: "detail", role: "status", "aria-live": "polite" })];
    const heading = (text, number) => make("h4", {}, text, " ", make("span", { class: "soft" }, count(number)));
    if (article.l.length) {
      const list = make("ul");
      for (const [other, similarity, kind] of article.l) {
        const twin = articles[other];
        const label = kind === "version" ? "Version" : similarity === 1 ? "Same words" : `${Math.floor(similarity * 100)} % the same`;
        const beside = make("button", { type: "button", class: "jump" }, make("b", {}, `${label} · ${names[twin.o]}`), twin.h, make("span", { class: "soft" }, " Show beside"));
        beside.addEventListener("click", () => compare(article, twin, label));
        list.append(make("li", {}, beside));
      }
      side.push(heading("Near duplicates", article.l.length), list);
    }
    const quotes = marks.filter((mark) => mark.type === "quote" && mark.id === mark.quote.ids[0]);
    if (quotes.length) {
      const list = make("ul");
      for (const mark of quotes) {
        const button = make("button", { type: "button", class: "jump" }, make("b", {}, mark.quote.flag ? `(${mark.quote.flag})` : mark.quote.name || "Speaker not known"), make("span", {}, shortened(slice(mark.start, mark.end), 110)));
        button.addEventListener("click", () => jump(mark.id));
        list.append(make("li", {}, button));
      }
      side.push(heading("Quotes", quotes.length), list);
    }
    if (article.m.length) {
      side.push(heading("Embedded posts", article.m.length));
      side.push(...article.m.map(card));
    }
    const removals = marks.filter((mark) => mark.type === "removal");
    if (removals.length) {
      const list = make("ul");
      for (const mark of removals.slice(0, 60)) {
        const button = make("button", { type: "button", class: "jump" }, make("b", {}, mark.kind), make("span", { class: "soft" }, shortened(slice(mark.start, mark.end).trim() || mark.rule, 80)));
        button.addEventListener("click", () => jump(mark.id));
        list.append(make("li", {}, button));
      }
      side.push(heading("Removed", removals.length), list);
    }
    const more = rows([["Outlet", names[article.o]], ["Published", article.p || "not known"], ["Byline", article.b], ["Address", article.w], ["Status", article.s], ["Source", article.u], ["article_id", article.i]]);
    more.className = "facts";
    side.push(make("h4", {}, "Record"), more);
    byId("side").replaceChildren(...side);
    quiet();
  }

  function show(place, focus) {
    const article = articles[place];
    if (!article) return;
    current = place;
    marks = marksOf(article);
    const [, slice] = sliceOf(article.t);
    const toggle = (layer, text) => {
      const box = make("input", { type: "checkbox" });
      box.checked = layers[layer];
      box.addEventListener("change", () => { layers[layer] = box.checked; byId("text").classList.toggle("no-" + layer, !box.checked); quiet(); });
      return make("label", {}, box, text);
    };
    const step = (text, by) => {
      const to = shown[shown.indexOf(place) + by];
      const button = make("button", { type: "button", class: "quiet", disabled: to === undefined || shown.indexOf(place) < 0 }, text);
      button.addEventListener("click", () => { location.hash = `article-${to}`; });
      return button;
    };
    const tools = make("div", { class: "tools" }, toggle("removed", "Removed text"), toggle("names", "Names"), toggle("quotes", "Quotes"), make("span", { class: "step" }, step("Previous", -1), step("Next", 1)));
    const text = drawText(article);
    for (const [layer, on] of Object.entries(layers)) text.classList.toggle("no-" + layer, !on);
    byId("article").replaceChildren(
      make("p", { class: "kicker" }, [names[article.o], article.p || "no date", article.b && `by ${article.b.replace(/^by\s+/i, "")}`].filter(Boolean).join(" · ")),
      make("h3", {}, article.h), tools,
      ...(article.x ? [make("p", { class: "note bad" }, "The raw text can’t be rebuilt from these rows; this is the clean text.")] : []),
      text);
    drawSide(article, slice);
    byId("compare").hidden = true;
    byId("side").scrollTop = 0;
    for (const link of document.querySelectorAll("#list a")) {
      if (Number(link.dataset.place) === place) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (focus) {
      byId("article").focus({ preventScroll: true });
      if (byId("article").getBoundingClientRect().top < 0) byId("article").scrollIntoView();
    }
  }

  // Two articles beside each other: words that no run of three shares with the other are marked.
  function cleanOf(article) {
    const [length, slice] = sliceOf(article.t);
    let at = 0;
    let text = "";
    for (const [start, end, , , replacement] of article.r) { text += slice(at, start) + replacement; at = end; }
    return text + slice(at, length);
  }

  function compare(article, twin, label) {
    const texts = [article, twin].map(cleanOf);
    const tokens = texts.map((text) => text.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu) || []);
    const words = tokens.map((list) => list.map((token, at) => [token.toLowerCase(), at]).filter(([token]) => /[\p{L}\p{N}]/u.test(token)));
    const runs = words.map((list) => new Set(list.slice(2).map((_, at) => list.slice(at, at + 3).map(([word]) => word).join(" "))));
    const sheets = [article, twin].map((one, side) => {
      const common = new Set();
      words[side].slice(2).forEach((_, at) => {
        const run = words[side].slice(at, at + 3);
        if (runs[1 - side].has(run.map(([word]) => word).join(" "))) for (const [, place] of run) common.add(place);
      });
      const text = make("div", { class: "text" });
      let plain = "";
      let marked = "";
      const flush = () => { if (marked) { const tail = marked.match(/[^\p{L}\p{N}]*$/u)[0]; text.append(plain, make("mark", {}, marked.slice(0, marked.length - tail.length)), tail); plain = marked = ""; } };
      const wordPlaces = new Set(words[side].map(([, place]) => place));
      tokens[side].forEach((token, place) => {
        if (wordPlaces.has(place) && !common.has(place)) marked += token;
        else if (!wordPlaces.has(place) && marked) marked += token;
        else { flush(); plain += token; }
      });
      flush();
      text.append(plain);
      return make("section", { "aria-label": `${names[one.o]}: ${one.h}` }, make("h4", {}, one.h), make("p", { class: "kicker" }, `${names[one.o]} · ${one.p || "no date"}`), text);
    });
    const close = make("button", { type: "button", class: "quiet" }, "Close");
    close.addEventListener("click", () => { byId("compare").hidden = true; byId("article").focus(); });
    const title = make("h3", { tabindex: -1 }, `Beside each other: ${label.toLowerCase()}`);
    byId("compare").replaceChildren(make("header", {}, title, make("p", { class: "note" }, "Clean texts. What stands in only one of them is marked."), close), make("div", { class: "sheets" }, ...sheets));
    byId("compare").hidden = false;
    byId("compare").scrollIntoView();
    title.focus({ preventScroll: true });
  }

  function follow(focus) {
    const place = /^#article-(\d+)$/.exec(location.hash);
    if (place) show(Number(place[1]), focus);
  }
  window.addEventListener("hashchange", () => follow(true));

  const theme = byId("theme");
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  theme.hidden = false;
  theme.setAttribute("aria-pressed", String(dark()));
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(dark()));
  });

  byId("app").hidden = false;
  if (articles.length) {
    refilter();
    follow(false);
    if (current < 0) show(shown[0], false);
  } else byId("app").replaceChildren(make("p", { class: "note" }, "No article to read."));
})();
